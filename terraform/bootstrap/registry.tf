# Images outlive the environment: a rollback needs the old ones.

resource "google_artifact_registry_repository" "images" {
  repository_id          = "tablestream"
  location               = var.region
  format                 = "DOCKER"
  description            = "Images of the services"
  cleanup_policy_dry_run = false

  # Tags can be moved: an image with a tag that cannot be is never deleted, and nothing is deployed by its tag.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
      tag_state  = "ANY"
    }
  }

  # What is kept beats what is deleted. An image is three versions: its index, itself, and its attestations.
  cleanup_policies {
    id     = "keep-last"
    action = "KEEP"
    most_recent_versions {
      keep_count = 60
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository_iam_member" "writer" {
  repository = google_artifact_registry_repository.images.repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer.member
}

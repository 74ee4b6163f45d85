# State of both roots, every version of it.

resource "google_storage_bucket" "state" {
  name     = "${var.project_id}-tablestream-state"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # which environment the project holds: the scripts refuse another one, which would have the same names
  labels = { app = "tablestream", environment = var.environment }

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      num_newer_versions = 50
    }
    action {
      type = "Delete"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = {
    "planner reads"       = { role = "roles/storage.objectViewer", member = google_service_account.planner.member }
    "deployer sees which" = { role = "roles/storage.legacyBucketReader", member = google_service_account.deployer.member }
  }

  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = each.value.member
}

# The state of the environment alone: `terraform init` installs each provider that a state names, and the next plan runs it. Who writes this
# root's state runs what he likes as the owner, who applies it (docs/decisions/0011).
resource "google_storage_bucket_iam_member" "deployer_state" {
  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectUser"
  member = google_service_account.deployer.member

  condition {
    title       = "the state of the environment"
    description = "Not the state of bootstrap, which an owner applies"
    expression  = "resource.name.startsWith('projects/_/buckets/${google_storage_bucket.state.name}/objects/environments/${var.environment}/')"
  }
}

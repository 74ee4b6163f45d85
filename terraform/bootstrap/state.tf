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
    "deployer writes"     = { role = "roles/storage.objectUser", member = google_service_account.deployer.member }
    "planner reads"       = { role = "roles/storage.objectViewer", member = google_service_account.planner.member }
    "deployer sees which" = { role = "roles/storage.legacyBucketReader", member = google_service_account.deployer.member }
  }

  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = each.value.member
}

# State of both roots, every version of it.

resource "google_storage_bucket" "state" {
  name     = "${var.project_id}-tablestream-state"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

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
    deployer = { role = "roles/storage.objectAdmin", member = google_service_account.deployer.member }
    planner  = { role = "roles/storage.objectViewer", member = google_service_account.planner.member }
  }

  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = each.value.member
}

# The archive: every message of the record, by type and time: output/order/2026/03/04/05/06/…avro. The archiver makes it (archiver.tf).

resource "google_storage_bucket" "archive" {
  name     = "${var.project_id}-${var.environment}-events-archive"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !local.is_protected

  # BigQuery writes a file of an export more than once, and what was overwritten would be billed for another week
  # (docs.cloud.google.com/bigquery/docs/exporting-data, Export limitations)
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # What is deleted or overwritten, by mistake too, can be had back for a week where the environment is protected. Not said elsewhere:
  # Cloud Storage tells nothing of versions that are switched off, and each plan would show them as a change
  dynamic "versioning" {
    for_each = local.is_protected ? [true] : []
    content {
      enabled = true
    }
  }

  # an hour to which messages came late is made again within hours: what is a day old stays as it is. What was overwritten stays in
  # STANDARD: COLDLINE bills 90 days of it
  lifecycle_rule {
    condition {
      age                   = var.archive_coldline_after_days
      with_state            = "LIVE"
      matches_prefix        = ["output/"]
      matches_storage_class = ["STANDARD"]
    }
    action {
      type          = "SetStorageClass"
      storage_class = "COLDLINE"
    }
  }

  lifecycle_rule {
    condition {
      age = var.archive_days
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 7
    }
    action {
      type = "Delete"
    }
  }
}

# Every event as it was published, by type and time: output/order/2026/03/04/05/06/…

resource "google_storage_bucket" "archive" {
  name     = "${var.project_id}-${var.environment}-events-archive"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !local.is_protected

  # what was deleted with the environment shall not be billed for another week
  soft_delete_policy {
    retention_duration_seconds = local.is_protected ? 604800 : 0
  }

  lifecycle_rule {
    condition {
      age = var.archive_days
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket_iam_member" "pubsub" {
  for_each = toset(["roles/storage.objectCreator", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.archive.name
  role   = each.key
  member = local.pubsub_agent
}

resource "google_pubsub_subscription" "archive" {
  for_each = var.event_types

  name   = "${local.topic}-archive-${replace(each.key, "_", "-")}"
  topic  = google_pubsub_topic.events.id
  filter = "attributes.event_type = \"${each.key}\""

  # not shorter than max_duration of the files
  ack_deadline_seconds = 600

  cloud_storage_config {
    bucket                   = google_storage_bucket.archive.name
    filename_prefix          = "output/${each.key}/"
    filename_datetime_format = "YYYY/MM/DD/hh/mm/ssZ"
    filename_suffix          = ".jsonl"
    max_duration             = "300s"
    max_bytes                = 100000000
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }

  # Pub/Sub looks whether it may write when the subscription is made
  depends_on = [google_storage_bucket_iam_member.pubsub]
}

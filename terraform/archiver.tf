# The job that makes the archive of the record once an hour (services/archiver), and what starts it. Its program is in table-manager's
# image: a job of its own needs no image, release and way back of its own.

locals {
  archiver = "archiver@${var.project_id}.iam.gserviceaccount.com"
  # past the hour by so much, Pub/Sub has written what belongs to it
  archive_settle_minutes = 10
}

# Tables that live while an hour is archived or read back: what a job that was killed leaves is gone in a day.
resource "google_bigquery_dataset" "archive" {
  dataset_id                  = "${var.environment}_archive_dataset"
  location                    = var.region
  description                 = "Tables of the archiver, each for as long as an hour takes"
  delete_contents_on_destroy  = true
  default_table_expiration_ms = 24 * 3600 * 1000
}

resource "google_cloud_run_v2_job" "archiver" {
  name                = "archiver"
  location            = var.region
  deletion_protection = local.is_protected && contains(keys(var.images), "table-manager")

  template {
    task_count = 1

    template {
      service_account = local.archiver
      # an hour that was begun is done before the next one is due; what is missed then is made up
      timeout     = "3300s"
      max_retries = 1

      containers {
        image   = lookup(var.images, "table-manager", "us-docker.pkg.dev/cloudrun/container/job")
        command = contains(keys(var.images), "table-manager") ? ["/nodejs/bin/node"] : null
        args    = contains(keys(var.images), "table-manager") ? ["job.cjs"] : null

        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }

        dynamic "env" {
          for_each = merge(local.common_env, local.events_env, {
            ARCHIVE_BUCKET         = google_storage_bucket.archive.name
            ARCHIVE_DATASET        = google_bigquery_dataset.archive.dataset_id
            ARCHIVE_TYPES          = join(",", sort(local.archive_types))
            ARCHIVE_MINUTES        = tostring(var.archive_minutes)
            ARCHIVE_SETTLE_MINUTES = tostring(local.archive_settle_minutes)
            RECORD_DAYS            = tostring(var.published_messages_days)
          })
          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }

  depends_on = [
    google_bigquery_dataset_iam_member.archiver,
    google_bigquery_table_iam_member.archiver,
    google_bigquery_table_iam_member.archiver_keys,
    google_storage_bucket_iam_member.archiver,
  ]
}

resource "google_cloud_scheduler_job" "archiver" {
  name        = "archiver"
  region      = var.region
  description = "Archives the hour that is over"
  # two minutes after it is settled
  schedule         = "${local.archive_settle_minutes + 2} * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.archiver.id}:run"

    oauth_token {
      service_account_email = local.archiver
    }
  }

  depends_on = [google_cloud_run_v2_job_iam_member.archiver]
}

resource "google_cloud_run_v2_job_iam_member" "archiver" {
  name     = google_cloud_run_v2_job.archiver.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.archiver}"
}

resource "google_bigquery_dataset_iam_member" "archiver" {
  dataset_id = google_bigquery_dataset.archive.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:${local.archiver}"
}

resource "google_bigquery_table_iam_member" "archiver" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own["published_messages"].table_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${local.archiver}"

  # a table that is made anew has its name and none of its grants
  lifecycle {
    replace_triggered_by = [google_bigquery_table.own["published_messages"].creation_time]
  }
}

# what reconcile reads of an archived hour
resource "google_bigquery_table_iam_member" "archiver_keys" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own["published_keys"].table_id
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:${local.archiver}"

  lifecycle {
    replace_triggered_by = [google_bigquery_table.own["published_keys"].creation_time]
  }
}

resource "google_storage_bucket_iam_member" "archiver" {
  bucket = google_storage_bucket.archive.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${local.archiver}"
}

# Of PromQL, as a condition on absence is met only by what was there once since it was made: an archiver that never ran would not be missed.
# It is told of three hours after the last run that succeeded; a fresh environment has as long until its first one as the second half of
# them.
resource "google_monitoring_alert_policy" "archive_missing" {
  display_name          = "Hours are not archived"
  severity              = "ERROR"
  combiner              = "OR"
  user_labels           = local.labels
  notification_channels = local.told

  conditions {
    display_name = "For three hours no run of the archiver succeeded"

    condition_prometheus_query_language {
      query               = "(sum(increase(run_googleapis_com:job_completed_execution_count{monitored_resource=\"cloud_run_job\",job_name=\"${google_cloud_run_v2_job.archiver.name}\",result=\"succeeded\"}[90m])) or vector(0)) < 1"
      duration            = "5400s"
      evaluation_interval = "60s"
      alert_rule          = "HoursAreNotArchived"
      rule_group          = "tablestream"
      # in a project in which no job ever ran, too
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "14400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#archive-missing"
  }
}

# An alert of its own: Monitoring takes no other condition beside one of PromQL.
resource "google_monitoring_alert_policy" "archive_fails" {
  display_name          = "Runs of the archiver fail"
  severity              = "ERROR"
  combiner              = "OR"
  user_labels           = local.labels
  notification_channels = local.told

  conditions {
    display_name = "More than one in two hours"

    condition_threshold {
      filter          = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${google_cloud_run_v2_job.archiver.name}\" AND metric.type=\"run.googleapis.com/job/completed_execution_count\" AND metric.labels.result=\"failed\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "0s"

      aggregations {
        alignment_period   = "7200s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }

  alert_strategy {
    auto_close = "14400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#archive-missing"
  }
}

# What is counted in stream-writer's log. It is here, and not with the environment, because Monitoring knows a metric only minutes after it
# was made, and refuses an alert on one that it does not know: "Cannot find metric(s) that match type … it could take up to 10 minutes".
# Filters end without a newline: Logging may tell them without it, and each plan would put it back.

resource "google_logging_metric" "append_errors" {
  name        = "tablestream/append_errors"
  description = "Appends that failed or were refused; the log has the table and the reason"
  filter = chomp(<<-EOT
    resource.type="cloud_run_worker_pool"
    jsonPayload.service="stream-writer"
    jsonPayload.message=("an append failed; its rows go again" OR "an append was refused; its rows are tried apart")
  EOT
  )

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "table"
      value_type  = "STRING"
      description = "The table that did not take the rows"
    }
  }

  label_extractors = {
    table = "EXTRACT(jsonPayload.table)"
  }

  depends_on = [google_project_service.api]
}

# once a minute each instance says how long its slowest hundredth took from publish to landed
resource "google_logging_metric" "landing_seconds" {
  name        = "tablestream/landing_seconds"
  description = "From publish to landed: the 99th percentile of each instance and minute, in seconds"
  filter = chomp(<<-EOT
    resource.type="cloud_run_worker_pool"
    jsonPayload.service="stream-writer"
    jsonPayload.message="events landed in the last minute"
  EOT
  )
  value_extractor = "EXTRACT(jsonPayload.p99_seconds)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
  }

  # the objective is at 5 s: an edge must stand there, or the cut falls into the middle of a bucket
  bucket_options {
    explicit_buckets {
      bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]
    }
  }

  depends_on = [google_project_service.api]
}

# each time that the scaler of stream-writer decided, and Cloud Run took it: scaling.tf's alert counts them. Its log is text
resource "google_logging_metric" "scalings" {
  name        = "tablestream/scalings"
  description = "Decisions on the number of stream-writers that were carried out, those that change nothing among them"
  filter = chomp(<<-EOT
    resource.type="cloud_run_revision"
    resource.labels.service_name="writer-scaler"
    textPayload:"Received scale response"
    textPayload:"SUCCEEDED"
  EOT
  )

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.api]
}

# What somebody must be told of. Each alert names its runbook in docs/operations.md.

resource "google_monitoring_notification_channel" "email" {
  for_each = var.notification_emails

  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  user_labels  = local.labels
}

# the writer says it in its log, which is also where the table and the reason are
resource "google_logging_metric" "append_errors" {
  name   = "tablestream/append_errors"
  filter = <<-EOT
    resource.type="cloud_run_worker_pool"
    jsonPayload.service="stream-writer"
    jsonPayload.message=("an append failed; its rows go again" OR "an append was refused")
  EOT

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
}

locals {
  subscription_of_writer = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.events.name}\""

  # by alert: the condition is true while the value stays beyond the threshold for so long
  alerts = {
    dead_letters_arriving = {
      title     = "Dead letters are arriving"
      severity  = "WARNING"
      filter    = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${google_pubsub_topic.dead_letter.name}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\""
      aligner   = "ALIGN_RATE"
      threshold = 0
      duration  = "0s"
    }
    dead_letters_of_pubsub = {
      title     = "Pub/Sub gives up on events"
      severity  = "ERROR"
      filter    = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/dead_letter_message_count\""
      aligner   = "ALIGN_RATE"
      threshold = 0
      duration  = "0s"
    }
    oldest_unacked_age = {
      title     = "Events wait for more than five minutes"
      severity  = "CRITICAL"
      filter    = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      aligner   = "ALIGN_MAX"
      threshold = 300
      duration  = "120s"
    }
    server_errors = {
      title     = "A service answers 5xx"
      severity  = "ERROR"
      filter    = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      aligner   = "ALIGN_RATE"
      threshold = 0.1
      duration  = "300s"
    }
    append_errors = {
      title     = "BigQuery does not take rows"
      severity  = "ERROR"
      filter    = "resource.type=\"cloud_run_worker_pool\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.append_errors.name}\""
      aligner   = "ALIGN_RATE"
      threshold = 0.1
      duration  = "300s"
    }
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.alerts

  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  user_labels           = local.labels
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = each.value.aligner
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#${replace(each.key, "_", "-")}"
  }
}

# Events are published, and for ten minutes none was acknowledged: nothing lands.
resource "google_monitoring_alert_policy" "no_rows" {
  display_name          = "No rows are landing"
  severity              = "CRITICAL"
  combiner              = "AND"
  user_labels           = local.labels
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = "Events are published"

    condition_threshold {
      filter          = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${google_pubsub_topic.events.name}\" AND metric.type=\"pubsub.googleapis.com/topic/send_request_count\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "600s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_RATE"
      }
    }
  }

  conditions {
    display_name = "None is acknowledged"

    condition_threshold {
      filter          = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/ack_message_count\""
      comparison      = "COMPARISON_LT"
      threshold_value = 0.001
      duration        = "600s"
      # no acknowledgement at all is no sample at all
      evaluation_missing_data = "EVALUATION_MISSING_DATA_ACTIVE"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_RATE"
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#no-rows"
  }
}

resource "google_billing_budget" "month" {
  count = var.billing_account == "" ? 0 : 1

  billing_account = var.billing_account
  display_name    = "tablestream ${var.environment}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(floor(var.monthly_budget))
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  }
}

# What somebody must be told of. Each alert names its runbook in docs/operations.md.

locals {
  subscription_of_writer = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.events.name}\""

  # bootstrap makes what is counted in the log: Monitoring knows a metric only minutes after it was made
  append_errors   = "logging.googleapis.com/user/tablestream/append_errors"
  landing_seconds = "logging.googleapis.com/user/tablestream/landing_seconds"

  # what writes the record, the dead letters and table-manager's copy: after 7 days (Eventarc's: 24 hours, and then it is asked for again)
  # what waits there is lost
  subscriptions_of_exports = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"(${local.topic}|${local.dead_letter})-to-table\")"
  subscription_of_eventarc = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=starts_with(\"eventarc-${var.region}-table-manager-sub-\")"

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
    exports_behind = {
      title     = "The record or the dead letters are not written"
      severity  = "ERROR"
      filter    = "${local.subscriptions_of_exports} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      aligner   = "ALIGN_MAX"
      threshold = 1800
      duration  = "300s"
    }
    eventarc_behind = {
      title     = "What tables lack does not reach table-manager"
      severity  = "ERROR"
      filter    = "${local.subscription_of_eventarc} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      aligner   = "ALIGN_MAX"
      threshold = 600
      duration  = "300s"
    }
    append_errors = {
      title     = "BigQuery does not take rows"
      severity  = "ERROR"
      filter    = "resource.type=\"cloud_run_worker_pool\" AND metric.type=\"${local.append_errors}\""
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
  notification_channels = local.told

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

# The share of requests that a service answers with 5xx: a rate would be silent at little traffic and noisy at much.
resource "google_monitoring_alert_policy" "server_errors" {
  display_name          = "A service answers 5xx"
  severity              = "ERROR"
  combiner              = "OR"
  user_labels           = local.labels
  notification_channels = local.told

  conditions {
    display_name = "More than 5 % of the requests of a service"

    condition_threshold {
      filter             = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      denominator_filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.05
      duration           = "300s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }

      denominator_aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#server-errors"
  }
}

# Events are published, and the oldest waits for ten minutes and longer: nothing lands. A writer that never acknowledged anything has no
# series of acknowledgements, so that its absence would never be noticed; what waits for it has an age from the first event on.
resource "google_monitoring_alert_policy" "no_rows" {
  display_name          = "No rows are landing"
  severity              = "CRITICAL"
  combiner              = "AND"
  user_labels           = local.labels
  notification_channels = local.told

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
    display_name = "They wait for ten minutes and longer"

    condition_threshold {
      filter          = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = 600
      duration        = "300s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
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

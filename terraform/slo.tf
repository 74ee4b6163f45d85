# What is promised, and how fast the promise is being broken. A burn rate of 1 spends the whole budget of errors in 28 days; 14.4 spends a
# day's worth and more in an hour. Two windows each: the long one says that it matters, the short one that it still goes on.

resource "google_monitoring_custom_service" "events" {
  service_id   = "tablestream"
  display_name = "tablestream ${var.environment}"
  user_labels  = local.labels
}

# 99 % of writers' minutes: the slowest hundredth of what landed was no older than 5 s. Each writer tells one value a minute, its own p99:
# with ten writers a minute counts ten times, whatever each of them landed
resource "google_monitoring_slo" "freshness" {
  service             = google_monitoring_custom_service.events.service_id
  slo_id              = "freshness"
  display_name        = "Published to landed: p99 within 5 s, in 99 % of writers' minutes"
  goal                = 0.99
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"${local.landing_seconds}\" AND resource.type=\"cloud_run_worker_pool\""
      range {
        max = 5
      }
    }
  }
}

# 99.99 % of minutes: nothing waited for more than 10 minutes. What is acknowledged has landed, or is a duplicate or a dead letter.
resource "google_monitoring_slo" "completeness" {
  service             = google_monitoring_custom_service.events.service_id
  slo_id              = "completeness"
  display_name        = "Landed or dead-lettered within 10 minutes, in 99.99 % of minutes"
  goal                = 0.9999
  rolling_period_days = 28

  windows_based_sli {
    window_period = "60s"
    metric_mean_in_range {
      time_series = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND ${local.subscription_of_writer}"
      range {
        max = 600
      }
    }
  }
}

# 99.9 % of requests: event-gateway does not answer 5xx
resource "google_monitoring_slo" "availability" {
  service             = google_monitoring_custom_service.events.service_id
  slo_id              = "availability"
  display_name        = "event-gateway answers, and not with 5xx, 99.9 % of requests"
  goal                = 0.999
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = local.requests_of_gateway
      bad_service_filter   = "${local.requests_of_gateway} AND metric.labels.response_code_class=\"5xx\""
    }
  }
}

locals {
  requests_of_gateway = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"event-gateway\""

  slos = {
    freshness    = google_monitoring_slo.freshness
    completeness = google_monitoring_slo.completeness
    availability = google_monitoring_slo.availability
  }

  burns = {
    fast = { rate = 14.4, long = "60m", short = "5m", severity = "CRITICAL" }
    slow = { rate = 6, long = "360m", short = "30m", severity = "WARNING" }
  }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = { for pair in setproduct(keys(local.slos), keys(local.burns)) : join("_", pair) => { slo = local.slos[pair[0]], burn = local.burns[pair[1]] } }

  display_name          = "The budget of errors burns ${each.value.burn.rate} times too fast: ${each.value.slo.slo_id}"
  severity              = each.value.burn.severity
  combiner              = "AND"
  user_labels           = local.labels
  notification_channels = local.told

  dynamic "conditions" {
    for_each = [each.value.burn.long, each.value.burn.short]
    content {
      display_name = "in ${conditions.value}"

      condition_threshold {
        filter          = "select_slo_burn_rate(\"${each.value.slo.name}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.burn.rate
        duration        = "0s"
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#slo-${each.value.slo.slo_id}"
  }
}

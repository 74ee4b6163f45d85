locals {
  # by row: a title, and the series in it
  charts = [
    {
      title = "Throughput: messages published and acknowledged a second"
      series = [
        { legend = "published", aligner = "ALIGN_RATE", filter = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${local.topic}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\"" },
        { legend = "acknowledged by stream-writer", aligner = "ALIGN_RATE", filter = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/ack_message_count\"" },
      ]
    },
    {
      title = "Latency from delivery to acknowledgement: p50, p95, p99"
      series = [
        for percentile in ["50", "95", "99"] : {
          legend  = "p${percentile}"
          aligner = "ALIGN_PERCENTILE_${percentile}"
          filter  = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/ack_latencies\""
        }
      ]
    },
    {
      title = "Lag: age of the oldest event, seconds"
      series = [
        { legend = "oldest", aligner = "ALIGN_MAX", filter = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\"" },
      ]
    },
    {
      title = "Backlog: events that wait for stream-writer"
      series = [
        { legend = "backlog", aligner = "ALIGN_MAX", filter = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\"" },
      ]
    },
    {
      title = "Dead letters a second"
      series = [
        { legend = "published by stream-writer or Pub/Sub", aligner = "ALIGN_RATE", filter = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${local.dead_letter}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\"" },
        { legend = "moved by Pub/Sub after the last attempt", aligner = "ALIGN_RATE", filter = "${local.subscription_of_writer} AND metric.type=\"pubsub.googleapis.com/subscription/dead_letter_message_count\"" },
      ]
    },
    {
      title = "From publish to landed: the slowest hundredth of each minute, seconds"
      series = [
        for percentile in ["50", "99"] : {
          legend  = "p${percentile} of the minutes"
          aligner = "ALIGN_PERCENTILE_${percentile}"
          filter  = "resource.type=\"cloud_run_worker_pool\" AND metric.type=\"${local.landing_seconds}\""
        }
      ]
    },
    {
      title = "Size of messages, bytes: p50, p95, p99"
      series = [
        for percentile in ["50", "95", "99"] : {
          legend  = "p${percentile}"
          aligner = "ALIGN_PERCENTILE_${percentile}"
          filter  = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${local.topic}\" AND metric.type=\"pubsub.googleapis.com/topic/message_sizes\""
        }
      ]
    },
    {
      title = "Lag of record, dead letters and table-manager: age of the oldest message, seconds"
      series = [
        { legend = "record and dead letters", aligner = "ALIGN_MAX", filter = "${local.subscriptions_of_exports} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\"" },
        { legend = "table-manager", aligner = "ALIGN_MAX", filter = "${local.subscription_of_eventarc} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\"" },
      ]
    },
    {
      title = "event-gateway: answers a second, by class"
      series = [
        for class in ["2xx", "4xx", "5xx"] : {
          legend  = class
          aligner = "ALIGN_RATE"
          filter  = "${local.requests_of_gateway} AND metric.labels.response_code_class=\"${class}\""
        }
      ]
    },
    {
      title = "event-gateway: latency, milliseconds: p50, p95, p99"
      series = [
        for percentile in ["50", "95", "99"] : {
          legend  = "p${percentile}"
          aligner = "ALIGN_PERCENTILE_${percentile}"
          filter  = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"event-gateway\" AND metric.type=\"run.googleapis.com/request_latencies\""
        }
      ]
    },
    {
      title = "Schema changes a second"
      series = [
        { legend = "changes", aligner = "ALIGN_RATE", filter = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${google_pubsub_topic.schema_changes.name}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\"" },
      ]
    },
    {
      title = "Append errors a second, by table"
      series = [
        { legend = "errors", aligner = "ALIGN_RATE", filter = "resource.type=\"cloud_run_worker_pool\" AND metric.type=\"${local.append_errors}\"" },
      ]
    },
  ]
}

resource "google_monitoring_dashboard" "events" {
  dashboard_json = jsonencode({
    displayName = "tablestream ${var.environment}"
    mosaicLayout = {
      columns = 12
      tiles = [
        # Monitoring leaves a position of 0 out when it is asked: said here, each plan would show it as a change
        for index, chart in local.charts : merge(index % 2 == 0 ? {} : { xPos = 6 }, index < 2 ? {} : { yPos = floor(index / 2) * 4 }, {
          width                                                               = 6
          height                                                              = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [
                for series in chart.series : {
                  legendTemplate = series.legend
                  plotType       = "LINE"
                  timeSeriesQuery = {
                    timeSeriesFilter = {
                      filter      = series.filter
                      aggregation = { alignmentPeriod = "60s", perSeriesAligner = series.aligner }
                    }
                  }
                }
              ]
            }
          }
        })
      ]
    }
  })
}

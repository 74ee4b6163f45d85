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
      title = "Schema changes a second"
      series = [
        { legend = "changes", aligner = "ALIGN_RATE", filter = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${google_pubsub_topic.schema_changes.name}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\"" },
      ]
    },
    {
      title = "Append errors a second, by table"
      series = [
        { legend = "errors", aligner = "ALIGN_RATE", filter = "resource.type=\"cloud_run_worker_pool\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.append_errors.name}\"" },
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
        for index, chart in local.charts : {
          xPos   = index % 2 * 6
          yPos   = floor(index / 2) * 4
          width  = 6
          height = 4
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
        }
      ]
    }
  })
}

# stream-writer follows its backlog: CREMA, Google's scaler for worker pools (Cloud Run External Metrics Autoscaling, with KEDA's scalers in
# it), asks Monitoring once a minute and sets the number of instances. It runs where stream_writer_max_instances is said. It polls nothing
# by itself: Cloud Scheduler calls it, and it is billed for as long as it answers (docs/decisions/0041). docs/scale.md tells why it is set
# as it is; scripts/apply.sh puts its configuration where it reads it, which is Parameter Manager and nothing else.

locals {
  is_scaled = var.stream_writer_max_instances != null
  scaler    = "writer-scaler"

  # What it may do is bootstrap's (terraform/bootstrap/scaler.tf): the deployer grants nothing on the project, and nothing on an account.
  scaler_account = "${local.scaler}@${var.project_id}.iam.gserviceaccount.com"

  # what runs now is what Terraform says, too: else every apply would take back what the scaler did (docs/decisions/0023)
  writers_now = max(var.stream_writer_instances, min(coalesce(var.stream_writer_running, 0), coalesce(var.stream_writer_max_instances, 0)))
  writers     = local.is_scaled ? local.writers_now : var.stream_writer_instances

  scaler_configuration = yamlencode({
    apiVersion = "crema/v1"
    kind       = "CremaConfig"
    spec = {
      # no pollingInterval: it is called
      triggerAuthentications = [{ metadata = { name = "itself" }, spec = { podIdentity = { provider = "gcp" } } }]
      scaledObjects = [{
        spec = {
          scaleTargetRef = { name = "projects/${var.project_id}/locations/${var.region}/workerpools/stream-writer" }
          # while a canary is watched, its instance is not taken away again
          minReplicaCount = local.pool_canary == "" ? var.stream_writer_instances : local.pool_instances
          maxReplicaCount = max(coalesce(var.stream_writer_max_instances, 0), local.pool_instances)
          triggers        = [for trigger in local.scaler_triggers : merge(trigger, { authenticationRef = { name = "itself" } })]
          advanced = {
            horizontalPodAutoscalerConfig = {
              behavior = {
                scaleUp = {
                  stabilizationWindowSeconds = 0
                  selectPolicy               = "Max"
                  policies = [
                    { type = "Percent", value = 100, periodSeconds = 60 },
                    { type = "Pods", value = 4, periodSeconds = 60 },
                  ]
                }
                # what was wanted at any time of the last ten minutes is kept: Monitoring tells of a minute three minutes later
                scaleDown = {
                  stabilizationWindowSeconds = 600
                  selectPolicy               = "Max"
                  policies                   = [{ type = "Percent", value = 50, periodSeconds = 60 }]
                }
              }
            }
          }
        }
      }]
    }
  })

  # The most that one of them wants is what is done: value / target, rounded up, unless it says otherwise. All values are texts: KEDA takes
  # no numbers.
  scaler_triggers = [
    {
      # before there is a backlog: what is published, by what one instance is given
      type = "gcp-stackdriver"
      name = "published"
      metadata = {
        projectId              = var.project_id
        filter                 = "resource.type=\"pubsub_topic\" AND resource.labels.topic_id=\"${google_pubsub_topic.events.name}\" AND metric.type=\"pubsub.googleapis.com/topic/send_message_operation_count\""
        targetValue            = tostring(var.stream_writer_events)
        filterDuration         = "5"
        alignmentPeriodSeconds = "60"
        alignmentAligner       = "rate"
        alignmentReducer       = "sum"
        # of a topic that nobody published to there is no series
        valueIfNull = "0"
      }
    },
    {
      type = "gcp-pubsub"
      name = "backlog-messages"
      metadata = {
        subscriptionName = google_pubsub_subscription.events.name
        mode             = "NumUndeliveredMessages"
        value            = tostring(var.stream_writer_backlog_messages)
        timeHorizon      = "5m"
      }
    },
    {
      type = "gcp-pubsub"
      name = "backlog-age"
      # an age is not shared by the instances: what there are, times age / target
      metricType = "Value"
      metadata = {
        subscriptionName = google_pubsub_subscription.events.name
        mode             = "OldestUnackedMessageAge"
        value            = tostring(var.stream_writer_backlog_seconds)
        timeHorizon      = "5m"
      }
    },
  ]

  # It reads its configuration once, when it starts: another text is another version, and so another revision of the service.
  scaler_version = "v-${substr(sha256(local.scaler_configuration), 0, 16)}"
  scaler_named   = "projects/${var.project_id}/locations/global/parameters/${local.scaler}/versions/${local.scaler_version}"
}

resource "google_cloud_run_v2_service" "scaler" {
  count = local.is_scaled ? 1 : 0

  name                 = local.scaler
  location             = var.region
  ingress              = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = false
  deletion_protection  = false

  # two of them would each undo what the other did. What it remembers of the last ten minutes is in its memory: called each minute, its
  # instance stays, and one that has just started takes what runs for what was wanted
  scaling {
    min_instance_count = 0
    max_instance_count = 1
  }

  template {
    service_account                  = local.scaler_account
    max_instance_request_concurrency = 1
    timeout                          = "180s"

    containers {
      # Google's image has no system in it: it is put on the base image, which Google keeps patched, and which not every region has
      image          = var.scaler_image
      base_image_uri = "us-central1-docker.pkg.dev/serverless-runtimes/google-24/runtimes/java25"

      ports {
        container_port = local.port
      }

      resources {
        limits = { cpu = "1", memory = "1Gi" }
        # all that it does it does while it answers
        cpu_idle          = true
        startup_cpu_boost = true
      }

      env {
        name  = "CREMA_CONFIG"
        value = local.scaler_named
      }

      # it listens once it has read its configuration
      startup_probe {
        period_seconds    = 3
        timeout_seconds   = 3
        failure_threshold = 80
        http_get {
          path = "/healthz"
        }
      }
    }
  }

  depends_on = [google_cloud_run_v2_worker_pool_iam_member.scaler]
}

# Once a minute, as itself. What failed is tried again at once, as a process that has just started may not listen to itself yet; what is
# late is not made up: the next minute's call knows more.
resource "google_cloud_scheduler_job" "scaler" {
  count = local.is_scaled ? 1 : 0

  name             = local.scaler
  region           = var.region
  description      = "Has the scaler look how many instances of stream-writer there should be"
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"

  retry_config {
    retry_count          = 2
    min_backoff_duration = "5s"
    max_backoff_duration = "10s"
  }

  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.scaler[0].uri}/"

    oidc_token {
      service_account_email = local.scaler_account
      audience              = google_cloud_run_v2_service.scaler[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.scaler_called]
}

resource "google_cloud_run_v2_service_iam_member" "scaler_called" {
  count = local.is_scaled ? 1 : 0

  name     = google_cloud_run_v2_service.scaler[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.scaler_account}"
}

# On this pool and no other. The role is bootstrap's: to look at a pool and to change it, and nothing that makes, deletes or grants.
resource "google_cloud_run_v2_worker_pool_iam_member" "scaler" {
  count = local.is_scaled ? 1 : 0

  name     = google_cloud_run_v2_worker_pool.stream_writer.name
  location = var.region
  role     = "projects/${var.project_id}/roles/tablestreamPoolScaler"
  member   = "serviceAccount:${local.scaler_account}"
}

# Not one decision that was carried out for a quarter of an hour: it does not run, may not ask, or may not change the pool. A condition on a
# metric's absence would say nothing of a scaler that never worked: its metric would have no series yet.
resource "google_monitoring_alert_policy" "scaler" {
  count = local.is_scaled ? 1 : 0

  display_name          = "Nobody scales stream-writer"
  severity              = "ERROR"
  combiner              = "OR"
  user_labels           = local.labels
  notification_channels = local.told

  conditions {
    display_name = "No decision for 15 minutes"

    condition_prometheus_query_language {
      query               = "(sum(increase(logging_googleapis_com:user_tablestream_scalings{monitored_resource=\"cloud_run_revision\"}[15m])) or vector(0)) < 1"
      duration            = "300s"
      evaluation_interval = "60s"
      alert_rule          = "NobodyScales"
      rule_group          = "tablestream"
      # Monitoring refuses a query for what has no points yet: there are none before the scaler's first minute
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: docs/operations.md#nobody-scales"
  }
}

output "scaler_configuration" {
  description = "What scripts/apply.sh puts into Parameter Manager before it applies: the scaler's configuration, and under which name; null where nothing scales"
  value       = local.is_scaled ? { parameter = local.scaler, version = local.scaler_version, text = local.scaler_configuration } : null
}

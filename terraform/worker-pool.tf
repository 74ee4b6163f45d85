locals {
  # While a canary runs there is one instance more, and as many per cent as are one of them: rounded up, so that they never round to none.
  pool_canary         = local.writers > 0 ? lookup(var.canary, "stream-writer", "") : ""
  pool_instances      = local.writers + (local.pool_canary == "" ? 0 : 1)
  pool_latest_percent = local.pool_canary == "" ? 100 : ceil(100 / local.pool_instances)
}

resource "google_cloud_run_v2_worker_pool" "stream_writer" {
  name                = "stream-writer"
  location            = var.region
  deletion_protection = local.is_protected && contains(keys(var.images), "stream-writer")

  scaling {
    manual_instance_count = local.pool_instances
  }

  # Both are always said: a split holds for all deployments until another one is said.
  instance_splits {
    type    = "INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST"
    percent = local.pool_latest_percent
  }

  dynamic "instance_splits" {
    for_each = compact([local.pool_canary])
    content {
      type     = "INSTANCE_SPLIT_ALLOCATION_TYPE_REVISION"
      revision = instance_splits.value
      percent  = 100 - local.pool_latest_percent
    }
  }

  template {
    service_account = local.accounts["stream-writer"]

    containers {
      image   = lookup(var.images, "stream-writer", "us-docker.pkg.dev/cloudrun/container/worker-pool")
      command = contains(keys(var.images), "stream-writer") ? ["/nodejs/bin/node"] : null
      args    = contains(keys(var.images), "stream-writer") ? concat(local.node_flags["stream-writer"], ["server.cjs"]) : null

      resources {
        limits = { cpu = local.services["stream-writer"].cpu, memory = local.services["stream-writer"].memory }
      }

      # PORT is not told: Cloud Run keeps the name for itself, and the image sets it
      dynamic "env" {
        for_each = merge(local.common_env, local.services["stream-writer"].env)
        content {
          name  = env.key
          value = env.value
        }
      }

      # the placeholder listens on no port
      dynamic "startup_probe" {
        for_each = contains(keys(var.images), "stream-writer") ? ["/readiness"] : []
        content {
          # 240 s, the most that Cloud Run waits: a grant that was just made may be late, and then it is not ready
          period_seconds    = 3
          timeout_seconds   = 3
          failure_threshold = 80
          http_get {
            path = startup_probe.value
            port = local.port
          }
        }
      }

      dynamic "liveness_probe" {
        for_each = contains(keys(var.images), "stream-writer") ? ["/liveness"] : []
        content {
          period_seconds    = 30
          timeout_seconds   = 5
          failure_threshold = 3
          http_get {
            path = liveness_probe.value
            port = local.port
          }
        }
      }
    }
  }

  depends_on = [
    google_pubsub_subscription_iam_member.writer,
    google_pubsub_topic_iam_member.dead_letter_of_writer,
    google_pubsub_topic_iam_member.schema_requests,
    google_bigquery_dataset_iam_member.writer,
  ]
}

resource "google_cloud_run_v2_worker_pool" "stream_writer" {
  name                = "stream-writer"
  location            = var.region
  deletion_protection = local.is_protected

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = var.stream_writer_instances
  }

  template {
    service_account = google_service_account.service["stream-writer"].email

    containers {
      image   = lookup(var.images, "stream-writer", "us-docker.pkg.dev/cloudrun/container/worker-pool")
      command = contains(keys(var.images), "stream-writer") ? ["/nodejs/bin/node"] : null
      args    = contains(keys(var.images), "stream-writer") ? concat(local.node_flags["stream-writer"], ["server.cjs"]) : null

      resources {
        limits = { cpu = local.services["stream-writer"].cpu, memory = local.services["stream-writer"].memory }
      }

      dynamic "env" {
        for_each = merge(local.common_env, local.services["stream-writer"].env, { PORT = tostring(local.port) })
        content {
          name  = env.key
          value = env.value
        }
      }

      # the placeholder listens on no port
      dynamic "startup_probe" {
        for_each = contains(keys(var.images), "stream-writer") ? ["/readiness"] : []
        content {
          period_seconds    = 3
          timeout_seconds   = 3
          failure_threshold = 20
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
    google_bigquery_dataset_iam_member.editor,
    google_service_account_iam_member.deployer,
  ]
}

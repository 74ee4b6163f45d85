# What runs: four services that answer requests, and the pool that writes. What the console may do stands in console.tf.

locals {
  # by service: what it may use, how many of it there are, and what it is told beside what all are told
  services = {
    "event-generator" = {
      cpu     = "1"
      memory  = "1Gi"
      ingress = "INGRESS_TRAFFIC_ALL"
      # its tasks live in the process: one instance has them all, and one that is kept does not end after 15 idle minutes
      min_instances = var.event_generator_instances
      max_instances = 1
      env           = merge(local.type_field_env, { TOPIC = google_pubsub_topic.events.name })
    }
    "event-gateway" = {
      cpu           = "1"
      memory        = "1Gi"
      ingress       = "INGRESS_TRAFFIC_ALL"
      min_instances = 0
      max_instances = var.max_instances
      env = merge(local.events_env, {
        # Cloud Run gives an instance 80 at a time: of 200 one caller has a quarter, 50, and others the rest. Of the default, 500, it
        # would have all
        MAX_REQUESTS   = "200"
        TOPIC          = google_pubsub_topic.events.name
        TOKEN_AUDIENCE = local.urls["event-gateway"]
        TOKEN_EMAILS   = join(",", setunion(var.gateway_callers, [local.smoke], var.console_may_send ? [local.console] : []))
      })
    }
    "table-manager" = {
      cpu     = "1"
      memory  = "512Mi"
      ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
      # asked for shapes one is enough; it is kept where it counts what is in quarantine
      min_instances = var.table_requests == "shapes" && local.has_quarantine ? 1 : 0
      max_instances = var.table_requests == "shapes" ? 1 : var.max_instances
      env = merge(local.events_env, {
        EVENT_POLICIES       = var.event_policies
        SCHEMA_CHANGES_TOPIC = google_pubsub_topic.schema_changes.name
        TABLE_REQUESTS       = var.table_requests
      })
    }
    "stream-writer" = {
      cpu           = "1"
      memory        = "1Gi"
      ingress       = ""
      min_instances = var.stream_writer_instances
      max_instances = local.writers
      env = merge(local.events_env, {
        SUBSCRIPTION          = google_pubsub_subscription.events.name
        DEAD_LETTER_TOPIC     = google_pubsub_topic.dead_letter.name
        EVENT_POLICIES        = var.event_policies
        TABLE_REQUESTS        = var.table_requests
        SCHEMA_REQUESTS_TOPIC = google_pubsub_topic.schema_requests.name
      })
    }
    "console" = {
      cpu     = "1"
      memory  = "1Gi"
      ingress = "INGRESS_TRAFFIC_ALL"
      # nobody looks: none. Its token and its replays live in the process: one instance has them all
      min_instances = 0
      max_instances = 1
      env           = local.console_env
    }
  }

  type_field_env = var.type_field == "event_type" ? tomap({}) : tomap({ TYPE_FIELD = var.type_field })
  # what all who judge or place events are told alike
  events_env = merge(local.contracts_env, local.type_field_env)

  # the name with the project's number: known before the service is there, and what a token is for
  urls = { for service in ["event-generator", "event-gateway"] : service => "https://${service}-${data.google_project.this.number}.${var.region}.run.app" }

  has_quarantine = anytrue([for policy in values(jsondecode(var.event_policies)) : try(policy.quarantine, null) != null])

  common_env = { PROJECT_ID = var.project_id, ENVIRONMENT = var.environment, REGION = var.region }
  port       = 8080

  # of the requests, what a new revision gets while a canary runs
  canary_percent = 10
}

resource "google_cloud_run_v2_service" "service" {
  for_each = { for name, service in local.services : name => service if name != "stream-writer" }

  name                 = each.key
  location             = var.region
  ingress              = each.value.ingress
  invoker_iam_disabled = false
  iap_enabled          = each.key == "console" && var.console_iap
  deletion_protection  = local.is_protected && contains(keys(var.images), each.key)

  # The most of all revisions together: a canary has one more, so that it takes none from those beside it, or gets none.
  scaling {
    min_instance_count = each.value.min_instances
    max_instance_count = each.value.max_instances + (contains(keys(var.canary), each.key) ? 1 : 0)
  }

  # Both are always said: what Cloud Run was told once about revisions holds until it is told something else.
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = contains(keys(var.canary), each.key) ? local.canary_percent : 100
  }

  dynamic "traffic" {
    for_each = compact([lookup(var.canary, each.key, "")])
    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value
      percent  = 100 - local.canary_percent
    }
  }

  template {
    service_account = local.accounts[each.key]
    # a page of the console keeps one request open for its figures: Cloud Run ends it after an hour at the latest
    timeout                          = each.key == "console" ? "3600s" : "60s"
    max_instance_request_concurrency = 80

    containers {
      image   = lookup(var.images, each.key, "us-docker.pkg.dev/cloudrun/container/hello")
      command = contains(keys(var.images), each.key) ? ["/nodejs/bin/node"] : null
      args    = contains(keys(var.images), each.key) ? concat(local.node_flags[each.key], ["server.cjs"]) : null

      ports {
        container_port = local.port
      }

      resources {
        limits = { cpu = each.value.cpu, memory = each.value.memory }
        # asked for events, table-manager looks at its tables some seconds after the last one: that needs a CPU between requests, and so
        # does a replay of the console, which begins after the window in which it can be undone
        cpu_idle = !(
          contains(var.always_on, each.key) ||
          (each.key == "table-manager" && var.table_requests == "events") ||
          (each.key == "console" && var.console_may_replay)
        )
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = merge(local.common_env, each.value.env)
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = each.key == "event-gateway" ? ["API_KEYS"] : []
        content {
          name = env.value
          value_source {
            secret_key_ref {
              secret  = local.api_keys_secret
              version = var.api_keys_version
            }
          }
        }
      }

      # the placeholder has no such paths
      dynamic "startup_probe" {
        for_each = contains(keys(var.images), each.key) ? ["/readiness"] : []
        content {
          # 240 s, the most that Cloud Run waits: a grant that was just made may be late, and then it is not ready
          period_seconds    = 3
          timeout_seconds   = 3
          failure_threshold = 80
          http_get {
            path = startup_probe.value
          }
        }
      }

      dynamic "liveness_probe" {
        for_each = contains(keys(var.images), each.key) ? ["/liveness"] : []
        content {
          period_seconds    = 30
          timeout_seconds   = 5
          failure_threshold = 3
          http_get {
            path = liveness_probe.value
          }
        }
      }
    }
  }

  # what a service may do is there before it, and goes after it
  depends_on = [
    google_pubsub_topic_iam_member.publisher,
    google_pubsub_topic_iam_member.viewer,
    google_pubsub_topic_iam_member.schema_changes,
    google_bigquery_dataset_iam_member.editor,
    google_bigquery_dataset_iam_member.console,
    google_bigquery_table_iam_member.console,
    google_pubsub_topic_iam_member.console,
  ]
}

# Only the one who verifies a deployment, and who is named, may call; nobody is anonymous.
resource "google_cloud_run_v2_service_iam_member" "smoke" {
  for_each = toset(["event-generator", "event-gateway", "console"])

  name     = google_cloud_run_v2_service.service[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.smoke}"
}

resource "google_cloud_run_v2_service_iam_member" "gateway_caller" {
  for_each = var.gateway_callers

  name     = google_cloud_run_v2_service.service["event-gateway"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${each.key}"
}

# The keys outlive the environment: bootstrap makes the secret and lets event-gateway read it, people put its versions.
locals {
  api_keys_secret = "event-gateway-api-keys"
}

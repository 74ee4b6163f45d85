# Who may open the console, and what it may do: it reads, and does no more unless that is switched on. Reading is a right on the dataset,
# replaying on the topic and on the table that marks what was replayed, sending to call the two services that send; each goes with its
# variable.

locals {
  console = "console@${var.project_id}.iam.gserviceaccount.com"

  # Google makes it for IAP; docs/operations.md tells how it is asked for
  iap_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"

  console_calls = var.console_may_send ? toset(["event-generator", "event-gateway"]) : toset([])

  console_env = merge(local.events_env, {
    TOPIC          = google_pubsub_topic.events.name
    EVENT_POLICIES = var.event_policies
    # a worker pool has no address to be asked at
    FIGURES           = "monitoring"
    SUBSCRIPTION      = google_pubsub_subscription.events.name
    DEAD_LETTER_TOPIC = google_pubsub_topic.dead_letter.name
    # Cloud Run gives a service two names beneath it, one of which nobody knows before it is there
    ALLOWED_HOSTS = join(",", concat(["*.run.app"], sort(var.console_hosts)))
    GATEWAY_URL   = var.console_may_send ? local.urls["event-gateway"] : ""
    GENERATOR_URL = var.console_may_send ? local.urls["event-generator"] : ""
    MAY_QUERY     = tostring(var.console_may_query)
    MAY_REPLAY    = tostring(var.console_may_replay)
    MAY_SEND      = tostring(var.console_may_send)
  })
}

resource "google_cloud_run_v2_service_iam_member" "console_invoker" {
  for_each = var.console_invokers

  name     = google_cloud_run_v2_service.service["console"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.key
}

# Where IAP stands before it, Cloud Run is called by IAP: who may pass IAP is an owner's to say, as the deployer may grant nothing there.
resource "google_cloud_run_v2_service_iam_member" "console_iap" {
  count = var.console_iap ? 1 : 0

  name     = google_cloud_run_v2_service.service["console"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.iap_agent
}

resource "google_bigquery_dataset_iam_member" "console" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${local.console}"
}

resource "google_pubsub_topic_iam_member" "console" {
  count = var.console_may_replay ? 1 : 0

  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${local.console}"
}

# what was replayed is marked
resource "google_bigquery_table_iam_member" "console" {
  count = var.console_may_replay ? 1 : 0

  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own["dead_letter_replays"].table_id
  role       = "projects/${var.project_id}/roles/tablestreamRowWriter"
  member     = "serviceAccount:${local.console}"

  # a table that is made anew has its name and none of its grants
  lifecycle {
    replace_triggered_by = [google_bigquery_table.own["dead_letter_replays"].creation_time]
  }
}

resource "google_cloud_run_v2_service_iam_member" "console_calls" {
  for_each = local.console_calls

  name     = google_cloud_run_v2_service.service[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.console}"
}

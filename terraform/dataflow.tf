# Google's own template beside the writer, for those who outgrow it. It knows no new columns and no contract: what does not
# fit goes to the template's own error table. bootstrap's enable_dataflow makes its account and roles.

locals {
  dataflow_account = "dataflow-worker@${var.project_id}.iam.gserviceaccount.com"
}

resource "google_pubsub_subscription" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  name                 = "${local.topic}-dataflow"
  topic                = google_pubsub_topic.events.id
  filter               = "attributes.event_type = \"${var.dataflow.event_type}\""
  ack_deadline_seconds = 60

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription_iam_member" "dataflow" {
  for_each = toset(var.enable_dataflow ? ["roles/pubsub.subscriber", "roles/pubsub.viewer"] : [])

  subscription = google_pubsub_subscription.dataflow[0].id
  role         = each.key
  member       = "serviceAccount:${local.dataflow_account}"
}

resource "google_bigquery_dataset_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:${local.dataflow_account}"
}

resource "google_storage_bucket_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  bucket = google_storage_bucket.archive.name
  role   = "roles/storage.objectAdmin"
  member = "serviceAccount:${local.dataflow_account}"
}

resource "google_dataflow_job" "events" {
  count = var.enable_dataflow ? 1 : 0

  name                  = "${local.topic}-to-bigquery"
  template_gcs_path     = "gs://dataflow-templates-${var.region}/latest/PubSub_Subscription_to_BigQuery"
  temp_gcs_location     = "gs://${google_storage_bucket.archive.name}/dataflow-temp"
  service_account_email = local.dataflow_account
  # empty: the network "default", which many organisations do not have
  subnetwork = var.dataflow.subnetwork == "" ? null : var.dataflow.subnetwork
  # drain would hold up the tear-down
  on_delete = "cancel"

  parameters = {
    inputSubscription = google_pubsub_subscription.dataflow[0].id
    outputTableSpec   = "${var.project_id}:${local.dataset}.${var.dataflow.table}"
  }

  depends_on = [
    google_pubsub_subscription_iam_member.dataflow,
    google_bigquery_dataset_iam_member.dataflow,
    google_storage_bucket_iam_member.dataflow,
  ]
}

# Google's own template beside the writer, for those who outgrow it. It knows no new columns and no contract: what does not
# fit goes to the template's own error table.

resource "google_service_account" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  account_id   = "dataflow-worker"
  display_name = "Runs the Dataflow job"
}

resource "google_service_account_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  service_account_id = google_service_account.dataflow[0].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.deployer_service_account}"
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
  member       = google_service_account.dataflow[0].member
}

resource "google_bigquery_dataset_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.dataflow[0].member
}

resource "google_storage_bucket_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  bucket = google_storage_bucket.archive.name
  role   = "roles/storage.objectAdmin"
  member = google_service_account.dataflow[0].member
}

# a worker's role is the project's: there is no smaller place for it
resource "google_project_iam_member" "dataflow" {
  for_each = toset(var.enable_dataflow ? ["roles/dataflow.worker", "roles/bigquery.jobUser"] : [])

  project = var.project_id
  role    = each.key
  member  = google_service_account.dataflow[0].member
}

resource "google_dataflow_job" "events" {
  count = var.enable_dataflow ? 1 : 0

  name                  = "${local.topic}-to-bigquery"
  template_gcs_path     = "gs://dataflow-templates-${var.region}/latest/PubSub_Subscription_to_BigQuery"
  temp_gcs_location     = "gs://${google_storage_bucket.archive.name}/dataflow-temp"
  service_account_email = google_service_account.dataflow[0].email
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
    google_project_iam_member.dataflow,
    google_service_account_iam_member.dataflow,
  ]
}

# The dataset that table-manager fills, and the few tables that no event makes.

resource "google_bigquery_dataset" "events" {
  dataset_id                 = local.dataset
  location                   = var.region
  description                = "Tables of events, made and evolved by table-manager"
  delete_contents_on_destroy = !local.is_protected
}

resource "google_bigquery_table" "own" {
  # by table, the column of its partitions
  for_each = {
    dead_letters        = "publish_time"
    published_messages  = "publish_time"
    dead_letter_replays = "replayed_at"
  }

  dataset_id          = google_bigquery_dataset.events.dataset_id
  table_id            = each.key
  schema              = file("${path.module}/tables/${each.key}.json")
  deletion_protection = local.is_protected

  time_partitioning {
    type  = "DAY"
    field = each.value
  }
}

resource "google_bigquery_table" "dead_letter_reasons" {
  dataset_id          = google_bigquery_dataset.events.dataset_id
  table_id            = "dead_letter_reasons"
  deletion_protection = local.is_protected

  view {
    query          = templatefile("${path.module}/views/dead_letter_reasons.sql", { dataset = "${var.project_id}.${local.dataset}" })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.own]
}

resource "google_bigquery_dataset_iam_member" "editor" {
  for_each = toset(["table-manager", "stream-writer"])

  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.service[each.key].member
}

resource "google_bigquery_dataset_iam_member" "smoke" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${var.smoke_service_account}"
}

# DDL (widening a column, views, primary keys) is a job, and jobs are the project's: there is no smaller place for this role
resource "google_project_iam_member" "job_user" {
  for_each = {
    "table-manager" = google_service_account.service["table-manager"].member
    "smoke"         = "serviceAccount:${var.smoke_service_account}"
  }

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = each.value
}

resource "google_bigquery_table_iam_member" "pubsub" {
  for_each = {
    for pair in setproduct(["dead_letters", "published_messages"], ["roles/bigquery.dataEditor", "roles/bigquery.metadataViewer"]) :
    join(" ", pair) => { table = pair[0], role = pair[1] }
  }

  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own[each.value.table].table_id
  role       = each.value.role
  member     = local.pubsub_agent
}

# The dataset that table-manager fills, and the few tables that no event makes.

resource "google_bigquery_dataset" "events" {
  dataset_id                 = local.dataset
  location                   = var.region
  description                = "Tables of events, made and evolved by table-manager"
  delete_contents_on_destroy = !local.is_protected
  # how far back a table can be read, the most there is: the way back from a DELETE that was wrong
  max_time_travel_hours = "168"
}

resource "google_bigquery_table" "own" {
  # by table, the column of its partitions, what each of them has, and the days that it is kept. The record is archived by the hour
  for_each = {
    dead_letters        = { partition = "publish_time", type = "DAY", days = var.dead_letters_days }
    published_messages  = { partition = "publish_time", type = "HOUR", days = var.published_messages_days }
    published_keys      = { partition = "publish_time", type = "HOUR", days = var.published_messages_days }
    dead_letter_replays = { partition = "replayed_at", type = "DAY", days = var.dead_letters_days }
  }

  dataset_id          = google_bigquery_dataset.events.dataset_id
  table_id            = each.key
  schema              = file("${path.module}/tables/${each.key}.json")
  deletion_protection = local.is_protected
  # a message is looked for by its id: BigQuery reads, and bills, the blocks that may hold it. Without an order it reads all
  clustering = each.key == "published_messages" ? ["message_id"] : null

  time_partitioning {
    type          = each.value.type
    field         = each.value.partition
    expiration_ms = each.value.days * 24 * 3600 * 1000
  }
}

resource "google_bigquery_table" "dead_letter_reasons" {
  dataset_id          = google_bigquery_dataset.events.dataset_id
  table_id            = "dead_letter_reasons"
  deletion_protection = local.is_protected

  view {
    query          = templatefile("${path.module}/views/dead_letter_reasons.sql", { dataset = "${var.project_id}.${local.dataset}", type_field = var.type_field })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.own]
}

resource "google_bigquery_dataset_iam_member" "editor" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local.members["table-manager"]
}

# bootstrap makes the role: a custom role that is deleted keeps its name for weeks
resource "google_bigquery_dataset_iam_member" "writer" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "projects/${var.project_id}/roles/tablestreamRowWriter"
  member     = local.members["stream-writer"]
}

resource "google_bigquery_dataset_iam_member" "smoke" {
  dataset_id = google_bigquery_dataset.events.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${local.smoke}"
}

# what Pub/Sub itself writes, and what it asks for: to write rows, and to look at the table's columns
resource "google_bigquery_table_iam_member" "pubsub_writes" {
  for_each = toset(["dead_letters", "published_messages"])

  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own[each.key].table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub_agent

  # a table that is made anew has its name and none of its grants: Pub/Sub would write no more
  lifecycle {
    replace_triggered_by = [google_bigquery_table.own[each.key].creation_time]
  }
}

resource "google_bigquery_table_iam_member" "pubsub_looks" {
  for_each = toset(["dead_letters", "published_messages"])

  dataset_id = google_bigquery_dataset.events.dataset_id
  table_id   = google_bigquery_table.own[each.key].table_id
  role       = "roles/bigquery.metadataViewer"
  member     = local.pubsub_agent

  lifecycle {
    replace_triggered_by = [google_bigquery_table.own[each.key].creation_time]
  }
}

# an environment from before has these grants under another name: made anew, the old one would take the new one away
moved {
  from = google_bigquery_table_iam_member.pubsub["dead_letters roles/bigquery.dataEditor"]
  to   = google_bigquery_table_iam_member.pubsub_writes["dead_letters"]
}

moved {
  from = google_bigquery_table_iam_member.pubsub["published_messages roles/bigquery.dataEditor"]
  to   = google_bigquery_table_iam_member.pubsub_writes["published_messages"]
}

moved {
  from = google_bigquery_table_iam_member.pubsub["dead_letters roles/bigquery.metadataViewer"]
  to   = google_bigquery_table_iam_member.pubsub_looks["dead_letters"]
}

moved {
  from = google_bigquery_table_iam_member.pubsub["published_messages roles/bigquery.metadataViewer"]
  to   = google_bigquery_table_iam_member.pubsub_looks["published_messages"]
}

# What cannot land: a topic, a subscription for whoever looks at it or replays it, and one that writes it to a table.

resource "google_pubsub_topic" "dead_letter" {
  name = local.dead_letter
}

resource "google_pubsub_subscription" "dead_letter" {
  name  = "${local.dead_letter}-sub"
  topic = google_pubsub_topic.dead_letter.id

  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription" "to_table" {
  for_each = {
    dead_letters       = google_pubsub_topic.dead_letter
    published_messages = google_pubsub_topic.events
  }

  name  = "${each.value.name}-to-table"
  topic = each.value.id

  ack_deadline_seconds = 60

  bigquery_config {
    table          = "${var.project_id}.${local.dataset}.${google_bigquery_table.own[each.key].table_id}"
    write_metadata = true
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }

  # Pub/Sub looks whether it may write when the subscription is made
  depends_on = [google_bigquery_table_iam_member.pubsub_writes, google_bigquery_table_iam_member.pubsub_looks]
}

resource "google_pubsub_topic_iam_member" "dead_letter_of_writer" {
  topic  = google_pubsub_topic.dead_letter.id
  role   = "roles/pubsub.publisher"
  member = local.members["stream-writer"]
}

# Pub/Sub itself moves a message after its last attempt: it publishes to the one and acknowledges on the other. Where one
# of the two is missing it does neither, and says nothing.
resource "google_pubsub_topic_iam_member" "dead_letter_of_pubsub" {
  topic  = google_pubsub_topic.dead_letter.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter_of_pubsub" {
  subscription = google_pubsub_subscription.events.id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

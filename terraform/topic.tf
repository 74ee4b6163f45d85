# The topic that every event goes through, and the subscription of stream-writer.

resource "google_pubsub_topic" "events" {
  name                       = local.topic
  message_retention_duration = "86400s"
}

resource "google_pubsub_topic" "schema_changes" {
  name = "schema-changes"
}

# What tables lack: stream-writer asks, Eventarc delivers it to table-manager. A request that got lost is made again.
resource "google_pubsub_topic" "schema_requests" {
  name = "schema-requests"
}

resource "google_pubsub_subscription" "events" {
  name  = "${local.topic}-sub"
  topic = google_pubsub_topic.events.id

  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 100
  }

  # without it Pub/Sub deletes a subscription that nobody used for 31 days
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = toset(["event-generator", "event-gateway"])

  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = local.members[each.key]
}

# for /readiness: is the topic there?
resource "google_pubsub_topic_iam_member" "viewer" {
  for_each = toset(["event-generator", "event-gateway"])

  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.viewer"
  member = local.members[each.key]
}

resource "google_pubsub_topic_iam_member" "smoke" {
  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${local.smoke}"
}

resource "google_pubsub_subscription_iam_member" "writer" {
  for_each = toset(["roles/pubsub.subscriber", "roles/pubsub.viewer"])

  subscription = google_pubsub_subscription.events.id
  role         = each.key
  member       = local.members["stream-writer"]
}

resource "google_pubsub_topic_iam_member" "schema_changes" {
  topic  = google_pubsub_topic.schema_changes.id
  role   = "roles/pubsub.publisher"
  member = local.members["table-manager"]
}

resource "google_pubsub_topic_iam_member" "schema_requests" {
  topic  = google_pubsub_topic.schema_requests.id
  role   = "roles/pubsub.publisher"
  member = local.members["stream-writer"]
}

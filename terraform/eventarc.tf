# What tables lack goes to table-manager, or every event, by a push that carries an identity (var.table_requests).

locals {
  trigger_topic = { shapes = google_pubsub_topic.schema_requests.id, events = google_pubsub_topic.events.id }
}

resource "google_eventarc_trigger" "table_manager" {
  name            = "table-manager"
  location        = var.region
  service_account = local.eventarc

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.pubsub.topic.v1.messagePublished"
  }

  transport {
    pubsub {
      topic = local.trigger_topic[var.table_requests]
    }
  }

  destination {
    cloud_run_service {
      service = google_cloud_run_v2_service.service["table-manager"].name
      region  = var.region
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.eventarc]
}

resource "google_cloud_run_v2_service_iam_member" "eventarc" {
  name     = google_cloud_run_v2_service.service["table-manager"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.eventarc}"
}

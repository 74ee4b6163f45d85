# Deadlines and durations that must fit each other, and what is never lost.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
}

run "nothing_expires_and_everything_fits" {
  assert {
    condition = alltrue([
      for s in concat(
        [google_pubsub_subscription.events, google_pubsub_subscription.dead_letter],
        values(google_pubsub_subscription.to_table),
      ) : s.expiration_policy[0].ttl == ""
    ])
    error_message = "a subscription expires when nobody uses it"
  }

  assert {
    condition     = google_pubsub_subscription.events.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letter.id
    error_message = "what was tried often enough goes nowhere"
  }

  assert {
    condition     = google_pubsub_topic_iam_member.dead_letter_of_pubsub.topic == google_pubsub_topic.dead_letter.id && google_pubsub_topic_iam_member.dead_letter_of_pubsub.role == "roles/pubsub.publisher"
    error_message = "Pub/Sub may not publish dead letters"
  }

  assert {
    condition     = google_pubsub_subscription_iam_member.dead_letter_of_pubsub.subscription == google_pubsub_subscription.events.id && google_pubsub_subscription_iam_member.dead_letter_of_pubsub.role == "roles/pubsub.subscriber"
    error_message = "Pub/Sub may not acknowledge what it made a dead letter"
  }

  # an event waits for its column up to PARK_SECONDS (600) and is then given back: retention must be longer by far
  assert {
    condition     = tonumber(trimsuffix(google_pubsub_subscription.events.message_retention_duration, "s")) > 100 * 600
    error_message = "events are forgotten before they were tried 100 times"
  }
}

run "dataflow_is_off_unless_asked_for" {
  assert {
    condition     = length(google_dataflow_job.events) == 0
    error_message = "a Dataflow job runs"
  }
}

run "dataflow_reads_a_subscription_of_its_own" {
  variables {
    enable_dataflow = true
  }

  assert {
    condition     = google_dataflow_job.events[0].parameters.inputSubscription == google_pubsub_subscription.dataflow[0].id
    error_message = "the job reads another subscription"
  }

  assert {
    condition     = google_dataflow_job.events[0].on_delete == "cancel"
    error_message = "a job that drains holds up the tear-down"
  }
}

run "what_is_kept_is_kept_for_a_time" {
  assert {
    condition = (
      google_bigquery_table.own["published_messages"].time_partitioning[0].expiration_ms == 3 * 24 * 3600 * 1000 &&
      google_bigquery_table.own["dead_letters"].time_partitioning[0].expiration_ms == 90 * 24 * 3600 * 1000
    )
    error_message = "the record or the dead letters grow for ever, or are gone too soon"
  }
}

run "table_manager_is_asked_for_shapes" {
  assert {
    condition     = google_eventarc_trigger.table_manager.transport[0].pubsub[0].topic == google_pubsub_topic.schema_requests.id
    error_message = "table-manager is not told what tables lack"
  }

  assert {
    condition     = local.services["stream-writer"].env.TABLE_REQUESTS == "shapes" && local.services["stream-writer"].env.SCHEMA_REQUESTS_TOPIC == google_pubsub_topic.schema_requests.name
    error_message = "stream-writer asks nobody"
  }

  assert {
    condition     = google_pubsub_topic_iam_member.schema_requests.topic == google_pubsub_topic.schema_requests.id && google_pubsub_topic_iam_member.schema_requests.member == local.members["stream-writer"]
    error_message = "stream-writer may not ask"
  }

  assert {
    condition     = google_cloud_run_v2_service.service["table-manager"].scaling[0].min_instance_count == 0 && google_cloud_run_v2_service.service["table-manager"].scaling[0].max_instance_count == 1
    error_message = "an instance that counts nothing is kept"
  }
}

run "who_counts_what_is_in_quarantine_is_one_and_is_kept" {
  variables {
    event_policies = "{\"default\":{\"types\":\"unmapped\"},\"order\":{\"quarantine\":{\"events\":3}}}"
  }

  assert {
    condition     = google_cloud_run_v2_service.service["table-manager"].scaling[0].min_instance_count == 1 && google_cloud_run_v2_service.service["table-manager"].scaling[0].max_instance_count == 1
    error_message = "quarantine is not counted in one place"
  }
}

run "table_manager_can_see_every_event" {
  variables {
    table_requests = "events"
  }

  assert {
    condition     = google_eventarc_trigger.table_manager.transport[0].pubsub[0].topic == google_pubsub_topic.events.id
    error_message = "table-manager does not see the events"
  }

  assert {
    condition     = local.services["stream-writer"].env.TABLE_REQUESTS == "events" && local.services["table-manager"].env.TABLE_REQUESTS == "events"
    error_message = "stream-writer asks as well, or table-manager takes an event for a request of it"
  }

  # what it does some seconds after the last event needs a CPU between requests
  assert {
    condition     = google_cloud_run_v2_service.service["table-manager"].template[0].containers[0].resources[0].cpu_idle == false
    error_message = "table-manager has no CPU for its timers"
  }
}

run "nobody_else_sees_tables" {
  command = plan

  variables {
    table_requests = "all"
  }

  expect_failures = [var.table_requests]
}

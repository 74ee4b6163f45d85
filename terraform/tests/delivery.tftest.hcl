# Deadlines and durations that must fit each other, and what is never lost.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }

  # the provider looks at the form of a mocked name and member too
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/a-project/serviceAccounts/some-service@a-project.iam.gserviceaccount.com"
      email  = "some-service@a-project.iam.gserviceaccount.com"
      member = "serviceAccount:some-service@a-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  project_id               = "a-project"
  environment              = "dev"
  smoke_service_account    = "smoke@a-project.iam.gserviceaccount.com"
  deployer_service_account = "deployer@a-project.iam.gserviceaccount.com"
}

run "nothing_expires_and_everything_fits" {
  assert {
    condition = alltrue([
      for s in concat(
        [google_pubsub_subscription.events, google_pubsub_subscription.dead_letter],
        values(google_pubsub_subscription.to_table), values(google_pubsub_subscription.archive),
      ) : s.expiration_policy[0].ttl == ""
    ])
    error_message = "a subscription expires when nobody uses it"
  }

  assert {
    condition = alltrue([
      for s in values(google_pubsub_subscription.archive) :
      tonumber(trimsuffix(s.cloud_storage_config[0].max_duration, "s")) <= s.ack_deadline_seconds
    ])
    error_message = "a file of the archive takes longer than the ack deadline"
  }

  assert {
    condition     = alltrue([for s in values(google_pubsub_subscription.archive) : s.ack_deadline_seconds >= 10 && s.ack_deadline_seconds <= 600])
    error_message = "an ack deadline is 10 to 600 seconds"
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

run "each_event_type_has_its_archive" {
  variables {
    event_types = ["order", "user_event"]
  }

  assert {
    condition     = google_pubsub_subscription.archive["user_event"].filter == "attributes.event_type = \"user_event\""
    error_message = google_pubsub_subscription.archive["user_event"].filter
  }

  assert {
    condition     = google_pubsub_subscription.archive["user_event"].cloud_storage_config[0].filename_prefix == "output/user_event/"
    error_message = "the archive has another layout"
  }

  assert {
    condition     = length(google_pubsub_subscription.archive) == 2
    error_message = "not one subscription an event type"
  }
}

run "a_filter_cannot_be_broken_out_of" {
  command = plan

  variables {
    event_types = ["order\" OR hasPrefix(attributes.x, \""]
  }

  expect_failures = [var.event_types]
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

run "an_alert_for_each_way_to_lose" {
  variables {
    notification_emails = ["on-call@example.com"]
    billing_account     = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = toset(keys(google_monitoring_alert_policy.threshold)) == toset(["dead_letters_arriving", "dead_letters_of_pubsub", "oldest_unacked_age", "server_errors", "append_errors"])
    error_message = "the alerts are others"
  }

  assert {
    condition = alltrue([
      for policy in concat(values(google_monitoring_alert_policy.threshold), [google_monitoring_alert_policy.no_rows]) :
      length(policy.notification_channels) == 1
    ])
    error_message = "an alert tells nobody"
  }

  # ALIGN_RATE is for what is counted, ALIGN_MAX for what is measured: Monitoring refuses the one for the other
  assert {
    condition = alltrue([
      for name, policy in google_monitoring_alert_policy.threshold :
      policy.conditions[0].condition_threshold[0].aggregations[0].per_series_aligner == (name == "oldest_unacked_age" ? "ALIGN_MAX" : "ALIGN_RATE")
    ])
    error_message = "an alert aligns its metric in a way that it has not"
  }

  assert {
    condition     = length(google_billing_budget.month) == 1
    error_message = "there is no budget"
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.events.dashboard_json).mosaicLayout.tiles) == 6
    error_message = "the dashboard has other charts"
  }
}

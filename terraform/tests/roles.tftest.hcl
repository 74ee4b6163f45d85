# Who may do what: exactly this, and nobody is anonymous.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
}

override_resource {
  target = google_pubsub_topic.events
  values = { id = "topic events" }
}

override_resource {
  target = google_pubsub_topic.dead_letter
  values = { id = "topic dead-letter" }
}

override_resource {
  target = google_pubsub_topic.schema_changes
  values = { id = "topic schema-changes" }
}

override_resource {
  target = google_pubsub_topic.schema_requests
  values = { id = "topic schema-requests" }
}

override_resource {
  target = google_pubsub_subscription.events
  values = { id = "subscription events" }
}

run "roles_are_exactly_these" {
  assert {
    condition = toset([for g in output.grants : "${g.member} ${g.role} ${g.on}"]) == toset([
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_archive_dataset",
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor published_keys",
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/bigquery.dataViewer published_messages",
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/run.invoker archiver",
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/storage.objectUser a-project-dev-events-archive",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_events_dataset",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_processed_dataset",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic dead-letter",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic schema-requests",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/storage.objectUser a-project-dev-loads",
      "serviceAccount:console@a-project.iam.gserviceaccount.com roles/bigquery.dataViewer dev_events_dataset",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/pubsub.viewer topic events",
      "serviceAccount:event-generator@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:event-generator@a-project.iam.gserviceaccount.com roles/pubsub.viewer topic events",
      "serviceAccount:eventarc-trigger@a-project.iam.gserviceaccount.com roles/run.invoker table-manager",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.dataEditor dead_letters",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.dataEditor published_messages",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.metadataViewer dead_letters",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.metadataViewer published_messages",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.publisher topic dead-letter",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.subscriber subscription events",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/bigquery.dataViewer dev_events_dataset",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/run.invoker console",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/run.invoker event-gateway",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/run.invoker event-generator",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamRowWriter dev_events_dataset",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic dead-letter",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic schema-requests",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.subscriber subscription events",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.viewer subscription events",
      "serviceAccount:table-manager@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_events_dataset",
      "serviceAccount:table-manager@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic schema-changes",
    ])
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition     = alltrue([for g in output.grants : !contains(["allUsers", "allAuthenticatedUsers"], g.member)])
    error_message = "somebody anonymous has a role"
  }

  assert {
    condition     = alltrue([for s in values(google_cloud_run_v2_service.service) : s.invoker_iam_disabled == false])
    error_message = "a service takes calls from anybody"
  }

  assert {
    condition     = google_cloud_run_v2_service.service["table-manager"].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    error_message = "table-manager can be reached from outside"
  }

  assert {
    condition     = google_storage_bucket.archive.public_access_prevention == "enforced" && google_storage_bucket.archive.uniform_bucket_level_access
    error_message = "the archive can be made public"
  }
}

# a grant to a service account says so: what is no service account is somebody else
run "callers_of_the_gateway_are_service_accounts" {
  variables {
    gateway_callers = ["shop@other.iam.gserviceaccount.com"]
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.gateway_caller["shop@other.iam.gserviceaccount.com"].member == "serviceAccount:shop@other.iam.gserviceaccount.com"
    error_message = "the caller has no grant"
  }

  assert {
    condition     = alltrue([for g in output.grants : startswith(g.member, "serviceAccount:")])
    error_message = "a member is no service account"
  }
}

run "nobody_anonymous_can_be_named" {
  command = plan

  variables {
    gateway_callers = ["allUsers"]
  }

  expect_failures = [var.gateway_callers]
}

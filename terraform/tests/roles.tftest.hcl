# Who may do what: exactly this, and nobody is anonymous.

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

override_resource {
  target = google_service_account.service["event-generator"]
  values = { member = "serviceAccount:event-generator@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/event-generator@a-project.iam.gserviceaccount.com" }
}

override_resource {
  target = google_service_account.service["event-gateway"]
  values = { member = "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/event-gateway@a-project.iam.gserviceaccount.com" }
}

override_resource {
  target = google_service_account.service["table-manager"]
  values = { member = "serviceAccount:table-manager@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/table-manager@a-project.iam.gserviceaccount.com" }
}

override_resource {
  target = google_service_account.service["stream-writer"]
  values = { member = "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/stream-writer@a-project.iam.gserviceaccount.com" }
}

override_resource {
  target = google_service_account.eventarc
  values = { member = "serviceAccount:eventarc@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/eventarc@a-project.iam.gserviceaccount.com" }
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
  target = google_pubsub_subscription.events
  values = { id = "subscription events" }
}

run "roles_are_exactly_these" {
  assert {
    condition = toset([for g in output.grants : "${g.member} ${g.role} ${g.on}"]) == toset([
      "serviceAccount:deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/event-gateway@a-project.iam.gserviceaccount.com",
      "serviceAccount:deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/event-generator@a-project.iam.gserviceaccount.com",
      "serviceAccount:deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/eventarc@a-project.iam.gserviceaccount.com",
      "serviceAccount:deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/stream-writer@a-project.iam.gserviceaccount.com",
      "serviceAccount:deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/table-manager@a-project.iam.gserviceaccount.com",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/pubsub.viewer topic events",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/secretmanager.secretAccessor event-gateway-api-keys",
      "serviceAccount:event-generator@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:event-generator@a-project.iam.gserviceaccount.com roles/pubsub.viewer topic events",
      "serviceAccount:eventarc@a-project.iam.gserviceaccount.com roles/run.invoker table-manager",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.dataEditor dead_letters",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.dataEditor published_messages",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.metadataViewer dead_letters",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.metadataViewer published_messages",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.publisher topic dead-letter",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.subscriber subscription events",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/storage.legacyBucketReader a-project-dev-events-archive",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/storage.objectCreator a-project-dev-events-archive",
      "serviceAccount:smoke@a-project.iam.gserviceaccount.com roles/bigquery.dataViewer dev_events_dataset",
      "serviceAccount:smoke@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:smoke@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic events",
      "serviceAccount:smoke@a-project.iam.gserviceaccount.com roles/run.invoker event-gateway",
      "serviceAccount:smoke@a-project.iam.gserviceaccount.com roles/run.invoker event-generator",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_events_dataset",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.publisher topic dead-letter",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.subscriber subscription events",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/pubsub.viewer subscription events",
      "serviceAccount:table-manager@a-project.iam.gserviceaccount.com roles/bigquery.dataEditor dev_events_dataset",
      "serviceAccount:table-manager@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
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

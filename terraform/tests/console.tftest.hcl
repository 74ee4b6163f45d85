# Who may open the console, and what each of its settings lets it do.

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

run "it_reads_and_nobody_but_the_one_who_verifies_may_open_it" {
  assert {
    condition = [for g in output.grants : "${g.role} ${g.on}" if g.member == "serviceAccount:console@a-project.iam.gserviceaccount.com"] == [
      "roles/bigquery.dataViewer dev_events_dataset",
    ]
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition     = [for g in output.grants : g.member if g.on == "console"] == ["serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com"]
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition = { for e in google_cloud_run_v2_service.service["console"].template[0].containers[0].env : e.name => e.value if startswith(e.name, "MAY_") || endswith(e.name, "_URL") } == {
      MAY_QUERY = "true", MAY_REPLAY = "false", MAY_SEND = "false", GATEWAY_URL = "", GENERATOR_URL = ""
    }
    error_message = "it may do more than read"
  }
}

run "it_costs_nothing_while_nobody_looks_and_is_one_process" {
  assert {
    condition = (
      google_cloud_run_v2_service.service["console"].scaling[0].min_instance_count == 0 && google_cloud_run_v2_service.service["console"].scaling[0].max_instance_count == 1 &&
      google_cloud_run_v2_service.service["console"].template[0].containers[0].resources[0].cpu_idle
    )
    error_message = "an instance is kept, or two of them do not know of one another's replays"
  }

  # its figures are one request, as long as the page is open
  assert {
    condition     = google_cloud_run_v2_service.service["console"].template[0].timeout == "3600s" && google_cloud_run_v2_service.service["event-gateway"].template[0].timeout == "60s"
    error_message = "the page's figures end each minute"
  }

  assert {
    condition     = google_cloud_run_v2_service.service["console"].invoker_iam_disabled == false && google_cloud_run_v2_service.service["console"].iap_enabled == false
    error_message = "not IAM decides who may open it"
  }
}

run "who_is_named_may_open_it" {
  variables {
    console_invokers = ["group:data@example.com", "user:ann@example.com", "domain:example.com"]
    console_hosts    = ["console.example.com"]
  }

  assert {
    condition = toset([for g in output.grants : "${g.member} ${g.role}" if g.on == "console"]) == toset([
      "domain:example.com roles/run.invoker",
      "group:data@example.com roles/run.invoker",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/run.invoker",
      "user:ann@example.com roles/run.invoker",
    ])
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition     = one([for e in google_cloud_run_v2_service.service["console"].template[0].containers[0].env : e.value if e.name == "ALLOWED_HOSTS"]) == "*.run.app,console.example.com"
    error_message = "its other name is refused"
  }
}

run "replaying_is_a_right_on_the_topic_and_on_the_marks_and_needs_a_cpu_after_the_request" {
  variables {
    console_may_replay = true
  }

  assert {
    condition = toset([for g in output.grants : "${g.role} ${g.on}" if g.member == "serviceAccount:console@a-project.iam.gserviceaccount.com"]) == toset([
      "projects/a-project/roles/tablestreamRowWriter dead_letter_replays",
      "roles/bigquery.dataViewer dev_events_dataset",
      "roles/pubsub.publisher topic events",
    ])
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition     = google_cloud_run_v2_service.service["console"].template[0].containers[0].resources[0].cpu_idle == false
    error_message = "a replay stands still once its request is answered"
  }
}

run "sending_is_calling_the_two_that_send_and_no_right_on_the_topic" {
  variables {
    console_may_send = true
    gateway_callers  = ["shop@other.iam.gserviceaccount.com"]
  }

  assert {
    condition = toset([for g in output.grants : "${g.role} ${g.on}" if g.member == "serviceAccount:console@a-project.iam.gserviceaccount.com"]) == toset([
      "roles/bigquery.dataViewer dev_events_dataset",
      "roles/run.invoker event-gateway",
      "roles/run.invoker event-generator",
    ])
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  # event-gateway knows the caller by the token, which is for the name with the project's number
  assert {
    condition = one([for e in google_cloud_run_v2_service.service["event-gateway"].template[0].containers[0].env : e.value if e.name == "TOKEN_EMAILS"]) == join(",", [
      "console@a-project.iam.gserviceaccount.com", "shop@other.iam.gserviceaccount.com", "tablestream-smoke@a-project.iam.gserviceaccount.com",
    ])
    error_message = "event-gateway takes nothing from it"
  }

  assert {
    condition = (
      one([for e in google_cloud_run_v2_service.service["console"].template[0].containers[0].env : e.value if e.name == "GATEWAY_URL"]) ==
      one([for e in google_cloud_run_v2_service.service["event-gateway"].template[0].containers[0].env : e.value if e.name == "TOKEN_AUDIENCE"])
    )
    error_message = "the token is for somebody else"
  }
}

run "with_iap_before_it_google_s_own_account_calls_it" {
  variables {
    console_iap = true
  }

  assert {
    condition     = google_cloud_run_v2_service.service["console"].iap_enabled && alltrue([for name, service in google_cloud_run_v2_service.service : name == "console" || !service.iap_enabled])
    error_message = "IAP stands before another service, or before none"
  }

  assert {
    condition     = contains([for g in output.grants : "${g.member} ${g.role} ${g.on}"], "serviceAccount:service-123456789@gcp-sa-iap.iam.gserviceaccount.com roles/run.invoker console")
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }
}

run "nobody_anonymous_can_be_named" {
  command = plan

  variables {
    console_invokers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.console_invokers]
}

run "its_names_are_names" {
  command = plan

  variables {
    console_hosts = ["https://console.example.com/"]
  }

  expect_failures = [var.console_hosts]
}

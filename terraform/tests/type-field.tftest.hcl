# Who names the type of an event in another field than event_type: everybody who makes, judges or reads events is told the same.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
}

run "nobody_is_told_of_the_usual_one" {
  assert {
    condition     = length(local.type_field_env) == 0
    error_message = "a variable that says what is so without it"
  }

  assert {
    condition     = strcontains(google_bigquery_table.dead_letter_reasons.view[0].query, "'$.event_type')\n    ) AS event_type")
    error_message = "the view of dead letters reads another field"
  }
}

run "all_are_told_of_another_one" {
  variables {
    type_field = "kind"
  }

  assert {
    condition = alltrue([
      for env in concat(
        [for name in ["event-generator", "event-gateway", "table-manager", "console"] : google_cloud_run_v2_service.service[name].template[0].containers[0].env],
        [
          google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].env,
          google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].env,
          google_cloud_run_v2_job.batch_loader.template[0].template[0].containers[0].env,
        ],
      ) : one([for e in env : e.value if e.name == "TYPE_FIELD"]) == "kind"
    ])
    error_message = "somebody reads another field"
  }

  assert {
    condition     = strcontains(google_bigquery_table.dead_letter_reasons.view[0].query, "'$.kind')\n    ) AS event_type")
    error_message = "the view of dead letters reads another field"
  }
}

run "a_name_that_is_no_column_of_its_own_is_refused" {
  command = plan

  variables {
    type_field = "event_id"
  }

  expect_failures = [var.type_field]
}

run "a_field_inside_of_another_is_refused" {
  command = plan

  variables {
    type_field = "meta.kind"
  }

  expect_failures = [var.type_field]
}

# Contracts of the environment's own: every service that judges or places events has the same ones.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
}

run "without_a_folder_nobody_is_told_of_contracts" {
  assert {
    condition     = length(local.contracts_env) == 0
    error_message = "a variable that is empty"
  }
}

run "all_who_judge_events_have_the_same_contracts" {
  variables {
    contracts = "terraform/tests/contracts"
  }

  assert {
    condition = alltrue([
      for env in concat(
        [for name in ["event-gateway", "table-manager", "console"] : google_cloud_run_v2_service.service[name].template[0].containers[0].env],
        [
          google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].env,
          google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].env,
          google_cloud_run_v2_job.batch_loader.template[0].template[0].containers[0].env,
        ],
      ) : one([for e in env : e.value if e.name == "CONTRACTS"]) == jsonencode({ "refund.json" = file("tests/contracts/refund.json") })
    ])
    error_message = "somebody judges by other contracts"
  }

  assert {
    condition     = length([for e in google_cloud_run_v2_service.service["event-generator"].template[0].containers[0].env : e if e.name == "CONTRACTS"]) == 0
    error_message = "who judges nothing is told of contracts"
  }
}

run "types_of_contracts_have_folders_in_the_archive" {
  variables {
    contracts   = "terraform/tests/contracts"
    event_types = ["order"]
  }

  assert {
    condition     = one([for e in google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].env : e.value if e.name == "ARCHIVE_TYPES"]) == "order,refund"
    error_message = "events of a contract share _others"
  }
}

run "who_wants_one_folder_for_all_has_one" {
  variables {
    contracts   = "terraform/tests/contracts"
    event_types = []
  }

  assert {
    condition     = one([for e in google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].env : e.value if e.name == "ARCHIVE_TYPES"]) == ""
    error_message = "types of contracts have folders of their own"
  }
}

run "a_folder_without_contracts_is_refused" {
  command = plan

  variables {
    contracts = "terraform/nowhere"
  }

  expect_failures = [var.contracts]
}

# The job that loads files, and what starts it.

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
  target = google_cloud_run_v2_job.batch_loader
  values = { id = "projects/a-project/locations/us-central1/jobs/batch-loader" }
}

override_resource {
  target = google_workflows_workflow.batch
  values = { id = "projects/a-project/locations/us-central1/workflows/batch" }
}

run "nothing_is_scheduled_unless_it_is_said" {
  assert {
    condition     = length(google_workflows_workflow.batch) == 0 && length(google_cloud_scheduler_job.batch) == 0
    error_message = "files are loaded by a schedule that nobody set"
  }

  assert {
    condition     = !anytrue([for g in output.grants : startswith(g.member, "serviceAccount:batch-workflow@")])
    error_message = "a workflow that is not there has roles"
  }

  assert {
    condition = google_cloud_run_v2_job.batch_loader.template[0].template[0].service_account == "batch-loader@a-project.iam.gserviceaccount.com" && (
      output.loads_bucket == "a-project-dev-loads" && google_bigquery_dataset.processed.dataset_id == "dev_processed_dataset"
    )
    error_message = "the job is another one"
  }

  # a Cloud Run job tries a task again after its timeout, and each attempt has all of it
  assert {
    condition = (
      tonumber(trimsuffix(google_cloud_run_v2_job.batch_loader.template[0].template[0].timeout, "s")) * (1 + google_cloud_run_v2_job.batch_loader.template[0].template[0].max_retries) <
      yamldecode(file("workflows/batch.yaml")).run_step.steps[0].run.args.connector_params.timeout
    )
    error_message = "a step outlives its workflow, and the next batch starts beside it"
  }

  assert {
    condition     = google_storage_bucket.loads.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "rows on their way are billed for a week after they are deleted"
  }
}

run "a_schedule_starts_the_workflow_and_the_workflow_the_job" {
  variables {
    batch_schedule = "30 4 * * *"
    batch_tasks    = 4
  }

  assert {
    condition = google_workflows_workflow.batch["batch"].user_env_vars == tomap({
      BUCKET = "a-project-dev-loads"
      JOB    = "projects/a-project/locations/us-central1/jobs/batch-loader"
      TASKS  = "4"
    })
    error_message = "the workflow is told something else"
  }

  assert {
    condition = google_cloud_scheduler_job.batch["batch"].schedule == "30 4 * * *" && (
      google_cloud_scheduler_job.batch["batch"].http_target[0].uri == "https://workflowexecutions.googleapis.com/v1/projects/a-project/locations/us-central1/workflows/batch/executions"
    )
    error_message = "something else is started"
  }

  assert {
    condition = toset([for g in output.grants : "${g.role} ${g.on}" if startswith(g.member, "serviceAccount:batch-workflow@")]) == toset([
      "roles/run.jobsExecutorWithOverrides batch-loader", "roles/storage.objectViewer a-project-dev-loads",
    ])
    error_message = "the workflow may do something else"
  }

  # the steps that it names, in their order
  assert {
    condition     = [for step in yamldecode(google_workflows_workflow.batch["batch"].source_contents).main.steps : keys(step)[0]] == ["seen", "is_there_anything", "load", "transform", "checks", "done"]
    error_message = "the steps are others"
  }
}

run "the_job_has_the_image_of_table_manager" {
  variables {
    images = { "table-manager" = "us-central1-docker.pkg.dev/a-project/tablestream/table-manager@sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  }

  assert {
    condition     = google_cloud_run_v2_job.batch_loader.template[0].template[0].containers[0].image == var.images["table-manager"] && google_cloud_run_v2_job.batch_loader.template[0].template[0].containers[0].args[0] == "batch.cjs"
    error_message = "the job runs something else"
  }
}

run "a_schedule_has_five_fields" {
  command = plan

  variables {
    batch_schedule = "daily"
  }

  expect_failures = [var.batch_schedule]
}

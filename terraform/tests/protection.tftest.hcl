# What prod keeps and the others give up, and what runs.

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

run "dev_can_be_torn_down" {
  assert {
    condition     = !google_cloud_run_v2_worker_pool.stream_writer.deletion_protection && alltrue([for s in values(google_cloud_run_v2_service.service) : !s.deletion_protection])
    error_message = "a service is protected"
  }

  assert {
    condition     = alltrue([for t in values(google_bigquery_table.own) : !t.deletion_protection]) && !google_bigquery_table.dead_letter_reasons.deletion_protection
    error_message = "a table is protected"
  }

  # table-manager makes tables that Terraform does not know
  assert {
    condition     = google_bigquery_dataset.events.delete_contents_on_destroy
    error_message = "a dataset with tables cannot be destroyed"
  }

  assert {
    condition     = google_storage_bucket.archive.force_destroy && google_storage_bucket.archive.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "the archive stays"
  }
}

run "prod_is_protected" {
  variables {
    environment = "production"
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.deletion_protection && alltrue([for s in values(google_cloud_run_v2_service.service) : s.deletion_protection])
    error_message = "a service is not protected"
  }

  assert {
    condition     = alltrue([for t in values(google_bigquery_table.own) : t.deletion_protection]) && google_bigquery_table.dead_letter_reasons.deletion_protection
    error_message = "a table is not protected"
  }

  assert {
    condition     = !google_bigquery_dataset.events.delete_contents_on_destroy && !google_storage_bucket.archive.force_destroy
    error_message = "data is destroyed with the environment"
  }

  assert {
    condition     = google_bigquery_dataset.events.dataset_id == "production_events_dataset"
    error_message = "the dataset has another name"
  }
}

# how cleanup-environment.sh takes the protection away, before it destroys
run "a_protected_environment_can_be_given_up" {
  variables {
    environment         = "production"
    deletion_protection = false
  }

  assert {
    condition     = !google_cloud_run_v2_worker_pool.stream_writer.deletion_protection && google_bigquery_dataset.events.delete_contents_on_destroy
    error_message = "it stays protected"
  }
}

# a fresh environment has no images yet: placeholders run, and nobody asks them how they are
run "a_placeholder_is_not_probed" {
  assert {
    condition     = alltrue([for s in values(google_cloud_run_v2_service.service) : length(s.template[0].containers[0].startup_probe) == 0])
    error_message = "a placeholder is probed"
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].image == "us-docker.pkg.dev/cloudrun/container/worker-pool"
    error_message = "the pool has no placeholder"
  }
}

run "an_image_runs_with_its_probes_and_flags" {
  variables {
    images = {
      "event-generator" = "us-central1-docker.pkg.dev/a-project/tablestream/event-generator@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "stream-writer"   = "us-central1-docker.pkg.dev/a-project/tablestream/stream-writer@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
  }

  assert {
    condition     = google_cloud_run_v2_service.service["event-generator"].template[0].containers[0].startup_probe[0].http_get[0].path == "/readiness"
    error_message = "nobody asks whether it is ready"
  }

  assert {
    condition     = google_cloud_run_v2_service.service["event-generator"].template[0].containers[0].resources[0].cpu_idle == false
    error_message = "a task of the generator would stand still between requests"
  }

  # the flags of the service's package.json come before the file
  assert {
    condition = (
      contains(google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].args, "--max-semi-space-size=8") &&
      reverse(google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].args)[0] == "server.cjs"
    )
    error_message = join(" ", google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].args)
  }

  assert {
    condition     = length(google_cloud_run_v2_service.service["table-manager"].template[0].containers[0].startup_probe) == 0
    error_message = "a service without an image is probed"
  }
}

run "an_image_by_its_tag_is_refused" {
  command = plan

  variables {
    images = { "event-gateway" = "us-central1-docker.pkg.dev/a-project/tablestream/event-gateway:latest" }
  }

  expect_failures = [var.images]
}

run "names_that_cannot_be_are_refused" {
  command = plan

  variables {
    environment             = "My-Env"
    region                  = "mars"
    stream_writer_instances = -1
    event_policies          = "[]"
  }

  expect_failures = [var.environment, var.region, var.stream_writer_instances, var.event_policies]
}

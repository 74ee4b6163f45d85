# What prod keeps and the others give up, and what runs.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
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
    environment           = "production"
    notification_channels = { on-call = { type = "email", to = "on-call@example.com" } }
    images = {
      for service in ["event-generator", "event-gateway", "table-manager", "stream-writer", "console"] :
      service => "us-central1-docker.pkg.dev/a-project/tablestream/${service}@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
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

  # BigQuery writes files of an export more than once: soft deletion would keep each of them for days, and bill it
  assert {
    condition     = google_storage_bucket.archive.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "what an export wrote on the way is kept"
  }

  assert {
    condition     = google_bigquery_dataset.events.dataset_id == "production_events_dataset"
    error_message = "the dataset has another name"
  }
}

# What waits for a grant fails to be made, and is replaced when it is tried again: a protection would forbid that for good.
run "what_was_never_deployed_can_be_made_again_in_prod_too" {
  variables {
    environment           = "production"
    notification_channels = { on-call = { type = "email", to = "on-call@example.com" } }
  }

  assert {
    condition     = !google_cloud_run_v2_worker_pool.stream_writer.deletion_protection && alltrue([for s in values(google_cloud_run_v2_service.service) : !s.deletion_protection])
    error_message = "a placeholder is protected"
  }

  assert {
    condition     = alltrue([for t in values(google_bigquery_table.own) : t.deletion_protection]) && !google_bigquery_dataset.events.delete_contents_on_destroy
    error_message = "data is not protected from the beginning"
  }
}

# how cleanup-environment.sh takes the protection away, before it destroys
run "a_protected_environment_can_be_given_up" {
  variables {
    environment           = "production"
    deletion_protection   = false
    notification_channels = { on-call = { type = "email", to = "on-call@example.com" } }
    images = {
      for service in ["event-generator", "event-gateway", "table-manager", "stream-writer", "console"] :
      service => "us-central1-docker.pkg.dev/a-project/tablestream/${service}@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
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

  # Cloud Run refuses more; less, and a late grant makes a deployment fail
  assert {
    condition = alltrue([
      for probe in [
        google_cloud_run_v2_service.service["event-generator"].template[0].containers[0].startup_probe[0],
        google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].startup_probe[0],
      ] : probe.period_seconds * probe.failure_threshold == 240
    ])
    error_message = "a service has not the 240 s that Cloud Run gives it to be ready"
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

# its tasks live in the process: a second instance would not know them, and one that is not kept ends after 15 idle minutes
run "tasks_of_the_generator_live_as_long_as_they_were_asked_to" {
  assert {
    condition = (
      google_cloud_run_v2_service.service["event-generator"].scaling[0].min_instance_count == 1 &&
      google_cloud_run_v2_service.service["event-generator"].scaling[0].max_instance_count == 1 &&
      google_cloud_run_v2_service.service["event-gateway"].scaling[0].max_instance_count == 10
    )
    error_message = "tasks are spread, or end"
  }
}

run "without_a_canary_the_latest_revision_has_everything" {
  assert {
    condition = alltrue([
      for s in values(google_cloud_run_v2_service.service) : length(s.traffic) == 1 && s.traffic[0].percent == 100 && s.traffic[0].type == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    ])
    error_message = "a split that was said before would hold"
  }

  assert {
    condition = (
      length(google_cloud_run_v2_worker_pool.stream_writer.instance_splits) == 1 &&
      google_cloud_run_v2_worker_pool.stream_writer.instance_splits[0].percent == 100 &&
      google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 1
    )
    error_message = "a split that was said before would hold"
  }
}

run "a_canary_takes_a_tenth_and_one_instance" {
  variables {
    stream_writer_instances = 6
    canary                  = { "event-gateway" = "event-gateway-00007-abc", "stream-writer" = "stream-writer-00007-abc" }
  }

  assert {
    condition = (
      join(" ", [for t in google_cloud_run_v2_service.service["event-gateway"].traffic : t.percent]) == "10 90" &&
      google_cloud_run_v2_service.service["event-gateway"].traffic[1].revision == "event-gateway-00007-abc" &&
      length(google_cloud_run_v2_service.service["table-manager"].traffic) == 1
    )
    error_message = "another share of the requests"
  }

  # what a canary takes comes on top: where one instance is all there is, it would have none, or the others would
  assert {
    condition = (
      google_cloud_run_v2_service.service["event-gateway"].scaling[0].max_instance_count == 11 &&
      google_cloud_run_v2_service.service["table-manager"].scaling[0].max_instance_count == 1
    )
    error_message = "two revisions share what is for one"
  }

  # 15 % of seven instances are one and a little
  assert {
    condition = (
      google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 7 &&
      join(" ", [for s in google_cloud_run_v2_worker_pool.stream_writer.instance_splits : s.percent]) == "15 85" &&
      google_cloud_run_v2_worker_pool.stream_writer.instance_splits[1].revision == "stream-writer-00007-abc"
    )
    error_message = "another share of the instances"
  }
}

run "a_canary_of_the_one_table_manager_is_a_second_one" {
  variables {
    canary = { "table-manager" = "table-manager-00007-abc" }
  }

  assert {
    condition = (
      google_cloud_run_v2_service.service["table-manager"].scaling[0].min_instance_count == 0 &&
      google_cloud_run_v2_service.service["table-manager"].scaling[0].max_instance_count == 2
    )
    error_message = "the canary has no instance"
  }
}

run "a_new_version_of_the_keys_is_a_new_revision" {
  variables {
    api_keys_version = "7"
  }

  assert {
    condition     = [for e in google_cloud_run_v2_service.service["event-gateway"].template[0].containers[0].env : e.value_source[0].secret_key_ref[0].version if e.name == "API_KEYS"] == ["7"]
    error_message = "the gateway has other keys"
  }
}

# Cloud Run keeps the name for itself, and refuses a service that sets it
run "nobody_is_told_its_port" {
  assert {
    condition = alltrue([
      for e in flatten(concat(
        [google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0].env],
        [for s in values(google_cloud_run_v2_service.service) : s.template[0].containers[0].env],
      )) : e.name != "PORT"
    ])
    error_message = "PORT is set"
  }
}

# One record, and the archive that is made of it.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
  event_types = ["order", "user_event"]
}

run "the_archiver_knows_where_and_how" {
  assert {
    condition = { for env in google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].env : env.name => env.value } == {
      PROJECT_ID             = "a-project"
      ENVIRONMENT            = "dev"
      REGION                 = "us-central1"
      ARCHIVE_BUCKET         = "a-project-dev-events-archive"
      ARCHIVE_DATASET        = "dev_archive_dataset"
      ARCHIVE_TYPES          = "order,user_event"
      ARCHIVE_MINUTES        = "1"
      ARCHIVE_SETTLE_MINUTES = "10"
      RECORD_DAYS            = "3"
    }
    error_message = "the archiver is told something else"
  }

  assert {
    condition     = google_cloud_scheduler_job.archiver.schedule == "12 * * * *" && google_cloud_scheduler_job.archiver.time_zone == "Etc/UTC"
    error_message = "it does not run once an hour, when the hour is settled"
  }

  assert {
    condition     = google_cloud_scheduler_job.archiver.http_target[0].oauth_token[0].service_account_email == google_cloud_run_v2_job.archiver.template[0].template[0].service_account
    error_message = "it is started by somebody else"
  }

  assert {
    condition     = tonumber(trimsuffix(google_cloud_run_v2_job.archiver.template[0].template[0].timeout, "s")) < 3600
    error_message = "a run goes on when the next one begins"
  }

  assert {
    condition     = google_bigquery_table.own["published_messages"].time_partitioning[0].type == "HOUR"
    error_message = "an hour of the record cannot be read without its day"
  }
}

run "files_become_cold_and_then_go" {
  assert {
    condition = [for rule in google_storage_bucket.archive.lifecycle_rule : one(rule.action).type] == ["SetStorageClass", "Delete", "Delete"] && (
      one(google_storage_bucket.archive.lifecycle_rule[0].condition).age == 1 && one(google_storage_bucket.archive.lifecycle_rule[1].condition).age == 90
    )
    error_message = "files are kept in another way"
  }
}

run "what_is_deleted_from_the_archive_of_production_can_be_had_back_for_a_week" {
  command = plan

  variables {
    environment           = "production"
    notification_channels = { mail = { type = "email", to = "on-call@example.com" } }
  }

  assert {
    condition     = google_storage_bucket.archive.versioning[0].enabled
    error_message = "a file that was deleted is gone"
  }

  assert {
    condition = anytrue([
      for rule in google_storage_bucket.archive.lifecycle_rule :
      tolist(rule.action)[0].type == "Delete" && try(tolist(rule.condition)[0].days_since_noncurrent_time == 7, false)
    ])
    error_message = "what was overwritten is kept for ever, or not for a week"
  }

  # COLDLINE bills at least 90 days
  assert {
    condition = alltrue([
      for rule in google_storage_bucket.archive.lifecycle_rule :
      tolist(rule.condition)[0].with_state == "LIVE" if tolist(rule.action)[0].type == "SetStorageClass"
    ])
    error_message = "what was overwritten goes to COLDLINE"
  }
}

# A condition on absence is never met by what never ran since the alert was made or changed.
run "a_run_that_does_not_come_is_told_also_where_none_ever_came" {
  assert {
    condition = (
      google_monitoring_alert_policy.archive_missing.conditions[0].condition_prometheus_query_language[0].query ==
      "(sum(increase(run_googleapis_com:job_completed_execution_count{monitored_resource=\"cloud_run_job\",job_name=\"archiver\",result=\"succeeded\"}[90m])) or vector(0)) < 1"
    )
    error_message = google_monitoring_alert_policy.archive_missing.conditions[0].condition_prometheus_query_language[0].query
  }

  # a fresh environment has its first run within an hour
  assert {
    condition     = google_monitoring_alert_policy.archive_missing.conditions[0].condition_prometheus_query_language[0].duration == "5400s"
    error_message = "a fresh environment is told of before its first run, or nobody in time"
  }

  assert {
    condition     = google_monitoring_alert_policy.archive_missing.conditions[0].condition_prometheus_query_language[0].disable_metric_validation
    error_message = "it is refused where no job ever ran"
  }

  # Monitoring takes no other condition beside one of PromQL
  assert {
    condition     = length(google_monitoring_alert_policy.archive_missing.conditions) == 1 && length(google_monitoring_alert_policy.archive_fails.conditions) == 1
    error_message = "two conditions in one alert"
  }
}

run "the_job_has_the_image_of_table_manager" {
  variables {
    images = { "table-manager" = "us-central1-docker.pkg.dev/a-project/tablestream/table-manager@sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  }

  assert {
    condition     = google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].image == var.images["table-manager"] && google_cloud_run_v2_job.archiver.template[0].template[0].containers[0].args[0] == "job.cjs"
    error_message = "the archiver runs something else"
  }
}

run "sql_cannot_be_broken_out_of" {
  command = plan

  variables {
    event_types = ["order' OR '1"]
  }

  expect_failures = [var.event_types]
}

run "a_folder_divides_the_hour" {
  command = plan

  variables {
    archive_minutes = 7
  }

  expect_failures = [var.archive_minutes]
}

run "the_archive_is_older_than_the_record" {
  command = plan

  variables {
    archive_days                = 2
    archive_coldline_after_days = 3
  }

  expect_failures = [var.archive_coldline_after_days]
}

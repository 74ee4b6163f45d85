# Who sets the number of stream-writers, by what, and that Terraform does not undo it.

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
  target = google_cloud_run_v2_service.scaler
  values = { uri = "https://writer-scaler.a.run.app" }
}

run "nobody_scales_unless_a_maximum_is_said" {
  assert {
    condition = (
      length(google_cloud_run_v2_service.scaler) == 0 && length(google_cloud_run_v2_worker_pool_iam_member.scaler) == 0 &&
      length(google_cloud_scheduler_job.scaler) == 0 && length(google_cloud_run_v2_service_iam_member.scaler_called) == 0 &&
      length(google_monitoring_alert_policy.scaler) == 0 && output.scaler_configuration == null
    )
    error_message = "a scaler runs"
  }
}

# what somebody set by hand does not hold where there is no scaler: a plan shows it, and takes it back
run "without_a_scaler_the_variable_holds" {
  variables {
    stream_writer_instances = 3
    stream_writer_running   = 7
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 3
    error_message = "the variable does not hold"
  }
}

run "the_scaler_is_one_process_that_is_billed_while_it_answers_and_that_nobody_else_can_call" {
  variables {
    region                      = "europe-west12"
    stream_writer_max_instances = 20
  }

  assert {
    condition = (
      google_cloud_run_v2_service.scaler[0].scaling[0].min_instance_count == 0 && google_cloud_run_v2_service.scaler[0].scaling[0].max_instance_count == 1 &&
      google_cloud_run_v2_service.scaler[0].template[0].max_instance_request_concurrency == 1 &&
      google_cloud_run_v2_service.scaler[0].template[0].containers[0].resources[0].cpu_idle == true
    )
    error_message = "it is billed while it does nothing, or there are two at one time, which undo what the other did"
  }

  # one that polls by itself would stand still between two calls
  assert {
    condition     = !strcontains(output.scaler_configuration.text, "pollingInterval")
    error_message = output.scaler_configuration.text
  }

  # internal: Cloud Scheduler of the same project comes in by the URL that Cloud Run itself gave
  assert {
    condition = (
      google_cloud_scheduler_job.scaler[0].schedule == "* * * * *" && google_cloud_scheduler_job.scaler[0].http_target[0].http_method == "POST" &&
      google_cloud_scheduler_job.scaler[0].http_target[0].uri == "https://writer-scaler.a.run.app/" &&
      google_cloud_scheduler_job.scaler[0].http_target[0].oidc_token[0].audience == "https://writer-scaler.a.run.app" &&
      google_cloud_scheduler_job.scaler[0].http_target[0].oidc_token[0].service_account_email == "writer-scaler@a-project.iam.gserviceaccount.com"
    )
    error_message = "nobody calls it"
  }

  assert {
    condition     = google_cloud_run_v2_service.scaler[0].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY" && google_cloud_run_v2_service.scaler[0].invoker_iam_disabled == false
    error_message = "it can be called"
  }

  # the image is made of nothing: it has no Java of its own. Not every region has images to put it on
  assert {
    condition     = google_cloud_run_v2_service.scaler[0].template[0].containers[0].base_image_uri == "us-central1-docker.pkg.dev/serverless-runtimes/google-24/runtimes/java25"
    error_message = "there is no system beneath the image"
  }

  assert {
    condition     = google_cloud_run_v2_service.scaler[0].template[0].service_account == "writer-scaler@a-project.iam.gserviceaccount.com"
    error_message = "it runs as somebody else"
  }
}

run "it_may_change_this_pool_and_call_itself_and_has_no_other_grant" {
  variables {
    stream_writer_max_instances = 20
  }

  assert {
    condition = join("; ", sort([for g in output.grants : "${g.role} ${g.on}" if g.member == "serviceAccount:writer-scaler@a-project.iam.gserviceaccount.com"])) == (
      "projects/a-project/roles/tablestreamPoolScaler stream-writer; roles/run.invoker writer-scaler"
    )
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }
}

run "it_is_told_this_pool_its_limits_and_its_targets" {
  variables {
    stream_writer_instances        = 2
    stream_writer_max_instances    = 20
    stream_writer_events           = 5000
    stream_writer_backlog_messages = 100000
    stream_writer_backlog_seconds  = 30
  }

  assert {
    condition = (
      yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.scaleTargetRef.name == "projects/a-project/locations/us-central1/workerpools/stream-writer" &&
      length(yamldecode(output.scaler_configuration.text).spec.scaledObjects) == 1 &&
      yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.minReplicaCount == 2 &&
      yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.maxReplicaCount == 20
    )
    error_message = output.scaler_configuration.text
  }

  assert {
    condition = { for t in yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.triggers : t.name => lookup(t.metadata, "value", lookup(t.metadata, "targetValue", "")) } == {
      published = "5000", backlog-messages = "100000", backlog-age = "30"
    }
    error_message = output.scaler_configuration.text
  }

  # KEDA asks for two minutes, and Monitoring tells of a minute up to three minutes later: it would find nothing every now and then
  assert {
    condition = alltrue([
      for t in yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.triggers :
      lookup(t.metadata, "timeHorizon", "") == "5m" || lookup(t.metadata, "filterDuration", "") == "5"
    ])
    error_message = output.scaler_configuration.text
  }

  # KEDA takes texts alone
  assert {
    condition = alltrue(flatten([
      for t in yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.triggers : [for v in values(t.metadata) : can(regex("", v))]
    ])) && strcontains(output.scaler_configuration.text, "\"value\": \"30\"")
    error_message = output.scaler_configuration.text
  }

  assert {
    condition = alltrue([
      for t in yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.triggers :
      contains([for a in yamldecode(output.scaler_configuration.text).spec.triggerAuthentications : a.metadata.name], t.authenticationRef.name)
    ])
    error_message = "a metric is asked for as nobody"
  }
}

# it reads its configuration when it starts, and never again
run "another_configuration_is_another_revision" {
  variables {
    stream_writer_max_instances = 20
  }

  assert {
    condition = (
      [for e in google_cloud_run_v2_service.scaler[0].template[0].containers[0].env : e.value if e.name == "CREMA_CONFIG"] ==
      ["projects/a-project/locations/global/parameters/${output.scaler_configuration.parameter}/versions/${output.scaler_configuration.version}"]
    )
    error_message = "it reads another version than the one that is put"
  }

  assert {
    condition     = output.scaler_configuration.version == "v-${substr(sha256(output.scaler_configuration.text), 0, 16)}"
    error_message = "another text has the same version"
  }
}

run "an_apply_leaves_the_instances_as_they_are" {
  variables {
    stream_writer_max_instances = 20
    stream_writer_running       = 7
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 7
    error_message = "an apply takes back what the scaler did"
  }
}

run "a_pool_that_is_not_there_yet_begins_with_the_fewest" {
  variables {
    stream_writer_instances     = 2
    stream_writer_max_instances = 20
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 2
    error_message = "a fresh pool has another size"
  }
}

# what was set by hand, or with other limits before
run "what_runs_is_brought_between_the_limits" {
  variables {
    stream_writer_max_instances = 20
    stream_writer_running       = 90
  }

  assert {
    condition     = google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 20
    error_message = "more run than may"
  }
}

run "a_canary_is_one_of_what_run_and_is_not_taken_away_while_it_is_watched" {
  variables {
    stream_writer_max_instances = 20
    stream_writer_running       = 20
    canary                      = { "stream-writer" = "stream-writer-00007-abc" }
  }

  assert {
    condition = (
      google_cloud_run_v2_worker_pool.stream_writer.scaling[0].manual_instance_count == 21 &&
      join(" ", [for s in google_cloud_run_v2_worker_pool.stream_writer.instance_splits : s.percent]) == "5 95" &&
      yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.minReplicaCount == 21 &&
      yamldecode(output.scaler_configuration.text).spec.scaledObjects[0].spec.maxReplicaCount == 21
    )
    error_message = output.scaler_configuration.text
  }
}

run "somebody_is_told_when_nobody_scales" {
  variables {
    stream_writer_max_instances = 20
    notification_channels       = { on-call = { type = "email", to = "on-call@example.com" } }
  }

  assert {
    condition = (
      length(google_monitoring_alert_policy.scaler[0].notification_channels) == 1 &&
      strcontains(google_monitoring_alert_policy.scaler[0].conditions[0].condition_prometheus_query_language[0].query, "logging_googleapis_com:user_tablestream_scalings")
    )
    error_message = "nobody is told"
  }

  # Monitoring refuses a query for what has no points yet, and a scaler that was never there has written none
  assert {
    condition     = google_monitoring_alert_policy.scaler[0].conditions[0].condition_prometheus_query_language[0].disable_metric_validation
    error_message = "the first apply is refused"
  }

  # without it a scaler that never worked has no series, and an alert on nothing is silent
  assert {
    condition     = endswith(google_monitoring_alert_policy.scaler[0].conditions[0].condition_prometheus_query_language[0].query, "or vector(0)) < 1")
    error_message = "a scaler that never worked is not missed"
  }
}

run "limits_that_cannot_be_are_refused" {
  command = plan

  variables {
    stream_writer_instances        = 5
    stream_writer_max_instances    = 4
    stream_writer_events           = 0
    stream_writer_backlog_messages = 0
    stream_writer_backlog_seconds  = 0
    scaler_image                   = "us-central1-docker.pkg.dev/cloud-run-oss-images/crema-v1/autoscaler:latest"
  }

  expect_failures = [
    var.stream_writer_max_instances, var.stream_writer_events, var.stream_writer_backlog_messages, var.stream_writer_backlog_seconds, var.scaler_image,
  ]
}

# 20 CPUs in a region are what many new projects have: docs/operations.md, CPUs of Cloud Run
run "dev_has_room_in_a_new_project" {
  assert {
    condition     = output.most_cpus <= 20
    error_message = "${output.most_cpus} CPUs, and a new project has 20"
  }
}

run "production_as_it_comes_asks_for_more_cpus" {
  variables {
    stream_writer_instances     = 2
    stream_writer_max_instances = 20
  }

  assert {
    condition     = output.most_cpus > 20 && output.most_cpus <= 40
    error_message = "${output.most_cpus} CPUs: docs/operations.md says 40"
  }
}

run "production_in_a_new_project_has_fewer_writers_and_gateways" {
  variables {
    stream_writer_instances     = 2
    stream_writer_max_instances = 8
    max_instances               = 3
  }

  assert {
    condition     = output.most_cpus <= 20
    error_message = "${output.most_cpus} CPUs, and a new project has 20"
  }
}

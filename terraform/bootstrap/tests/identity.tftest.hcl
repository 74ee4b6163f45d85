# Who may become whom, and what the deployer can give away.

mock_provider "google" {
  # the provider looks at the form of a mocked name and member too
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/a-project/serviceAccounts/some-service@a-project.iam.gserviceaccount.com"
      email  = "some-service@a-project.iam.gserviceaccount.com"
      member = "serviceAccount:some-service@a-project.iam.gserviceaccount.com"
    }
  }
}

override_resource {
  target          = google_iam_workload_identity_pool.github
  values          = { name = "pool" }
  override_during = plan
}

override_data {
  target          = data.google_project.this
  values          = { number = "123456789" }
  override_during = plan
}

variables {
  project_id           = "a-project"
  environment          = "dev"
  github_owner_id      = "1234"
  github_repository_id = "5678"
}

override_resource {
  target          = google_service_account.deployer
  values          = { member = "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/tablestream-deployer@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.planner
  values          = { member = "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/tablestream-planner@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.smoke
  values          = { member = "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/tablestream-smoke@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["event-generator"]
  values          = { member = "serviceAccount:event-generator@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/event-generator@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["event-gateway"]
  values          = { member = "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/event-gateway@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["table-manager"]
  values          = { member = "serviceAccount:table-manager@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/table-manager@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["stream-writer"]
  values          = { member = "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/stream-writer@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["console"]
  values          = { member = "serviceAccount:console@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/console@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["archiver"]
  values          = { member = "serviceAccount:archiver@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/archiver@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["batch-loader"]
  values          = { member = "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/batch-loader@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["batch-workflow"]
  values          = { member = "serviceAccount:batch-workflow@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/batch-workflow@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["eventarc-trigger"]
  values          = { member = "serviceAccount:eventarc-trigger@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/eventarc-trigger@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.service["writer-scaler"]
  values          = { member = "serviceAccount:writer-scaler@a-project.iam.gserviceaccount.com", name = "projects/a-project/serviceAccounts/writer-scaler@a-project.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.figure_reader
  values          = { id = "projects/a-project/roles/tablestreamFigureReader" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.scaler_reader
  values          = { id = "projects/a-project/roles/tablestreamScalerReader" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.configuration_reader
  values          = { id = "projects/a-project/roles/tablestreamConfigurationReader" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.run_watcher
  values          = { id = "projects/a-project/roles/tablestreamRunWatcher" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.parameter_writer
  values          = { id = "projects/a-project/roles/tablestreamParameterWriter" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.bucket_maker
  values          = { id = "projects/a-project/roles/tablestreamBucketMaker" }
  override_during = plan
}

override_resource {
  target          = google_project_iam_custom_role.metric_reader
  values          = { id = "projects/a-project/roles/tablestreamMetricReader" }
  override_during = plan
}

override_resource {
  target          = google_secret_manager_secret.api_keys
  values          = { id = "projects/a-project/secrets/event-gateway-api-keys" }
  override_during = plan
}

run "only_our_repository_its_main_branch_and_its_environment_deploy" {
  command = plan

  assert {
    condition = google_iam_workload_identity_pool_provider.github["deploy"].attribute_condition == join(" && ", [
      "assertion.repository_owner_id == '1234'", "assertion.repository_id == '5678'", "assertion.ref == 'refs/heads/main'", "assertion.environment == 'dev'",
    ])
    error_message = google_iam_workload_identity_pool_provider.github["deploy"].attribute_condition
  }

  assert {
    condition     = endswith(google_iam_workload_identity_pool_provider.github["plan"].attribute_condition, "(assertion.event_name == 'pull_request' || assertion.ref == 'refs/heads/main')")
    error_message = google_iam_workload_identity_pool_provider.github["plan"].attribute_condition
  }

  assert {
    condition = alltrue([
      for name, provider in google_iam_workload_identity_pool_provider.github :
      provider.attribute_mapping["attribute.door"] == "assertion.repository_id + '/${name}'" &&
      endswith(google_service_account_iam_member.github[name].member, "/attribute.door/5678/${name}")
    ])
    error_message = "what a token is mapped to is not what is granted"
  }

  # Google takes 127 bytes: GitHub's own subject has names in it, of any length
  assert {
    condition     = alltrue([for provider in values(google_iam_workload_identity_pool_provider.github) : provider.attribute_mapping["google.subject"] == "assertion.repository_id + '/' + assertion.run_id"])
    error_message = "a subject can be too long"
  }

  assert {
    condition     = endswith(google_service_account_iam_member.github["plan"].member, "/attribute.door/5678/plan") && endswith(google_service_account_iam_member.github["deploy"].member, "/attribute.door/5678/deploy")
    error_message = "one door leads to the other's account"
  }
}

run "production_is_its_environment_s_alone" {
  command = plan

  variables {
    environment = "production"
  }

  assert {
    condition = alltrue([
      for provider in values(google_iam_workload_identity_pool_provider.github) :
      endswith(provider.attribute_condition, "assertion.ref == 'refs/heads/main' && assertion.environment == 'production'")
    ])
    error_message = "a run that nobody approved gets an identity of production"
  }
}

run "grants_are_exactly_these" {
  command = plan

  assert {
    condition = toset([for g in output.grants : "${g.member} ${g.role} ${g.on}"]) == toset([
      "principalSet://iam.googleapis.com/pool/attribute.door/5678/deploy roles/iam.workloadIdentityUser projects/a-project/serviceAccounts/tablestream-deployer@a-project.iam.gserviceaccount.com",
      "principalSet://iam.googleapis.com/pool/attribute.door/5678/deploy roles/iam.workloadIdentityUser projects/a-project/serviceAccounts/tablestream-smoke@a-project.iam.gserviceaccount.com",
      "principalSet://iam.googleapis.com/pool/attribute.door/5678/plan roles/iam.workloadIdentityUser projects/a-project/serviceAccounts/tablestream-planner@a-project.iam.gserviceaccount.com",
      "serviceAccount:event-gateway@a-project.iam.gserviceaccount.com roles/secretmanager.secretAccessor projects/a-project/secrets/event-gateway-api-keys",
      "serviceAccount:service-123456789@gcp-sa-eventarc.iam.gserviceaccount.com roles/eventarc.serviceAgent project",
      "serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.serviceAgent project",
      "serviceAccount:service-123456789@gcp-sa-workflows.iam.gserviceaccount.com roles/workflows.serviceAgent project",
      "serviceAccount:stream-writer@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:archiver@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:console@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamFigureReader project",
      "serviceAccount:console@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:batch-loader@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:batch-workflow@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamRunWatcher project",
      "serviceAccount:batch-workflow@a-project.iam.gserviceaccount.com roles/workflows.invoker project",
      "serviceAccount:table-manager@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamBucketMaker project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamParameterWriter project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/artifactregistry.writer tablestream",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/bigquery.dataOwner project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/cloudscheduler.admin project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/dataflow.viewer project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/eventarc.admin project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountTokenCreator projects/a-project/serviceAccounts/tablestream-smoke@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/event-gateway@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/event-generator@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/archiver@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/console@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/batch-loader@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/batch-workflow@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/eventarc-trigger@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/stream-writer@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/table-manager@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/writer-scaler@a-project.iam.gserviceaccount.com",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/logging.viewer project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/monitoring.editor project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/pubsub.admin project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/run.admin project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/workflows.editor project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/secretmanager.viewer projects/a-project/secrets/event-gateway-api-keys",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/storage.admin project",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/storage.legacyBucketReader a-project-tablestream-state",
      "serviceAccount:tablestream-deployer@a-project.iam.gserviceaccount.com roles/storage.objectUser a-project-tablestream-state",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamMetricReader project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/artifactregistry.reader project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/bigquery.metadataViewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/cloudscheduler.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/dataflow.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/eventarc.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/iam.roleViewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/iam.securityReviewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/iam.workloadIdentityPoolViewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/monitoring.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/pubsub.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/run.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/secretmanager.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/storage.bucketViewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/workflows.viewer project",
      "serviceAccount:tablestream-planner@a-project.iam.gserviceaccount.com roles/storage.objectViewer a-project-tablestream-state",
      "serviceAccount:tablestream-smoke@a-project.iam.gserviceaccount.com roles/bigquery.jobUser project",
      "serviceAccount:writer-scaler@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamConfigurationReader project",
      "serviceAccount:writer-scaler@a-project.iam.gserviceaccount.com projects/a-project/roles/tablestreamScalerReader project",
      "serviceAccount:writer-scaler@a-project.iam.gserviceaccount.com roles/iam.serviceAccountUser projects/a-project/serviceAccounts/stream-writer@a-project.iam.gserviceaccount.com",
    ])
    error_message = join("\n", [for g in output.grants : "${g.member} ${g.role} ${g.on}"])
  }

  assert {
    condition     = google_project_iam_member.deployer_archive.condition[0].expression == "resource.name == 'projects/_/buckets/a-project-dev-events-archive' || resource.name.startsWith('projects/_/buckets/a-project-dev-events-archive/') || resource.name == 'projects/_/buckets/a-project-dev-loads' || resource.name.startsWith('projects/_/buckets/a-project-dev-loads/')"
    error_message = google_project_iam_member.deployer_archive.condition[0].expression
  }

  # a state names the providers that whoever applies it runs: bootstrap's is an owner's
  assert {
    condition     = google_storage_bucket_iam_member.deployer_state.condition[0].expression == "resource.name.startsWith('projects/_/buckets/a-project-tablestream-state/objects/environments/dev/')"
    error_message = google_storage_bucket_iam_member.deployer_state.condition[0].expression
  }

  assert {
    condition     = alltrue([for g in values(google_storage_bucket_iam_member.state) : !strcontains(g.role, "objectUser") && !strcontains(g.role, "dmin")])
    error_message = "somebody writes every state"
  }

  assert {
    condition     = google_project_iam_custom_role.row_writer.permissions == toset(["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"])
    error_message = "stream-writer may do more than append"
  }

  assert {
    condition     = google_project_iam_custom_role.figure_reader.permissions == toset(["monitoring.timeSeries.list"])
    error_message = "the console reads more of Monitoring than figures"
  }

  # of a pool it can change all, as Cloud Run has no smaller right; it can make, delete and grant nothing, and reads no secret by a parameter
  assert {
    condition = (
      google_project_iam_custom_role.pool_scaler.role_id == "tablestreamPoolScaler" &&
      google_project_iam_custom_role.pool_scaler.permissions == toset(["run.workerpools.get", "run.workerpools.update"]) &&
      google_project_iam_custom_role.scaler_reader.permissions == toset(["monitoring.timeSeries.list", "run.operations.get"]) &&
      google_project_iam_custom_role.configuration_reader.permissions == toset(["parametermanager.parameterVersions.get"])
    )
    error_message = "the scaler may do more than scale"
  }

  # on the project, as a parameter has no policy of its own: by its name it is one parameter all the same
  assert {
    condition = alltrue([
      for either in split(" || ", google_project_iam_member.scaler_configured.condition[0].expression) :
      can(regex("^resource\\.name\\.startsWith\\('projects/(a-project|[0-9]+)/locations/global/parameters/writer-scaler/versions/'\\)$", either))
    ])
    error_message = google_project_iam_member.scaler_configured.condition[0].expression
  }
}

run "dataflow_is_off_unless_asked_for" {
  command = plan

  assert {
    condition     = !contains(keys(google_project_service.api), "compute.googleapis.com") && !contains(keys(google_service_account.service), "dataflow-worker")
    error_message = "what Dataflow needs is there"
  }
}

run "dataflow_has_what_it_needs_when_it_is_asked_for" {
  command = plan

  variables {
    enable_dataflow = true
  }

  assert {
    condition = (
      contains(keys(google_project_service.api), "compute.googleapis.com") && contains(keys(google_service_account_iam_member.act_as), "dataflow-worker") &&
      length(google_project_iam_member.deployer_jobs) == 1 && google_project_iam_member.dataflow[0].role == "roles/dataflow.worker"
    )
    error_message = "a job could not start"
  }
}

# an alert on a metric that Monitoring does not know yet is refused: both are older than any environment
run "what_is_counted_in_the_log_outlives_the_environment" {
  command = plan

  assert {
    condition     = google_logging_metric.append_errors.name == "tablestream/append_errors" && google_logging_metric.landing_seconds.name == "tablestream/landing_seconds" && google_logging_metric.scalings.name == "tablestream/scalings"
    error_message = "the metrics have other names than the alerts"
  }

  # Logging may tell a filter without the newline at its end: each plan would put it back
  assert {
    condition = alltrue([
      for metric in [google_logging_metric.append_errors, google_logging_metric.landing_seconds, google_logging_metric.scalings] :
      metric.filter == trimspace(metric.filter)
    ])
    error_message = "a filter ends with a newline"
  }

  assert {
    condition     = contains(google_logging_metric.landing_seconds.bucket_options[0].explicit_buckets[0].bounds, 5)
    error_message = "the objective's 5 s fall into the middle of a bucket"
  }
}

run "state_and_images_are_kept" {
  command = plan

  assert {
    condition     = google_storage_bucket.state.versioning[0].enabled && !google_storage_bucket.state.force_destroy && google_storage_bucket.state.public_access_prevention == "enforced"
    error_message = "the state can be lost"
  }

  assert {
    condition     = google_artifact_registry_repository.images.cleanup_policy_dry_run == false
    error_message = "old images are only counted"
  }

  assert {
    condition     = contains(keys(google_project_service.api), "cloudbilling.googleapis.com")
    error_message = "data.google_project reads the project's billing, and may not"
  }

  assert {
    condition     = alltrue([for api in values(google_project_service.api) : api.disable_on_destroy == false])
    error_message = "an API goes off with this root"
  }
}

run "names_instead_of_numbers_are_refused" {
  command = plan

  variables {
    github_owner_id = "our-company"
  }

  expect_failures = [var.github_owner_id]
}

# every image has a tag, and one with a tag that cannot be moved is never deleted
run "old_images_go" {
  command = plan

  assert {
    condition     = alltrue([for c in google_artifact_registry_repository.images.docker_config : c.immutable_tags != true])
    error_message = "tags cannot be moved: nothing would ever be deleted"
  }

  assert {
    condition = google_artifact_registry_repository.images.cleanup_policy_dry_run == false && anytrue([
      for p in google_artifact_registry_repository.images.cleanup_policies :
      p.action == "DELETE" && try(p.condition[0].tag_state == "ANY" && p.condition[0].older_than == "2592000s", false)
    ])
    error_message = "images with a tag are kept for ever"
  }

  # the index, the image and its attestations of each of twenty builds: what a rollback asks for
  assert {
    condition = anytrue([
      for p in google_artifact_registry_repository.images.cleanup_policies :
      p.action == "KEEP" && try(p.most_recent_versions[0].keep_count >= 60, false)
    ])
    error_message = "what ran before is deleted"
  }
}

# Who may become whom, and what the deployer can give away.

mock_provider "google" {}

override_resource {
  target          = google_iam_workload_identity_pool.github
  values          = { name = "pool" }
  override_during = plan
}

variables {
  project_id           = "a-project"
  github_owner_id      = "1234"
  github_repository_id = "5678"
}

run "only_our_repository_and_its_main_branch_deploy" {
  command = plan

  assert {
    condition = google_iam_workload_identity_pool_provider.github["deploy"].attribute_condition == join(" && ", [
      "assertion.repository_owner_id == '1234'", "assertion.repository_id == '5678'", "assertion.ref == 'refs/heads/main'",
    ])
    error_message = google_iam_workload_identity_pool_provider.github["deploy"].attribute_condition
  }

  assert {
    condition     = strcontains(google_iam_workload_identity_pool_provider.github["plan"].attribute_condition, "assertion.event_name == 'pull_request'")
    error_message = google_iam_workload_identity_pool_provider.github["plan"].attribute_condition
  }

  assert {
    condition     = endswith(google_service_account_iam_member.github["plan"].member, "/attribute.door/plan") && endswith(google_service_account_iam_member.github["deploy"].member, "/attribute.door/deploy")
    error_message = "one door leads to the other's account"
  }
}

run "a_plan_changes_nothing" {
  command = plan

  assert {
    condition     = toset(keys(google_project_iam_member.planner)) == toset(["roles/viewer", "roles/iam.securityReviewer"])
    error_message = "the planner has other roles"
  }

  assert {
    condition     = google_storage_bucket_iam_member.state["planner"].role == "roles/storage.objectViewer"
    error_message = "the planner writes the state"
  }
}

run "the_deployer_gives_away_two_roles_and_no_others" {
  command = plan

  assert {
    condition     = google_project_iam_member.deployer_grants.condition[0].expression == "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/bigquery.jobUser', 'roles/dataflow.worker'])"
    error_message = google_project_iam_member.deployer_grants.condition[0].expression
  }

  assert {
    condition     = alltrue([for role in keys(google_project_iam_member.deployer) : !contains(["roles/owner", "roles/editor"], role)])
    error_message = "the deployer owns the project"
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

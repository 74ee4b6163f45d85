# GitHub's own tokens instead of keys. Repositories are known by their numbers: a name can be given up and taken by others.

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "tablestream-github"
  display_name              = "GitHub Actions"

  depends_on = [google_project_service.api]
}

locals {
  is_our_repository = "assertion.repository_owner_id == '${var.github_owner_id}' && assertion.repository_id == '${var.github_repository_id}'"

  is_main = "assertion.ref == 'refs/heads/main'"
  # GitHub names it in the token of a job that runs in it: what its rules ask for (reviewers, branches) was done
  is_our_environment = "assertion.environment == '${var.environment}'"

  # by provider: what a token must say, and whose identity it is exchanged for
  providers = {
    deploy = {
      condition = join(" && ", [local.is_our_repository, local.is_main, local.is_our_environment])
      account   = google_service_account.deployer.name
    }
    # pull requests see what they would change; production is nobody's to look at but main's
    plan = {
      condition = join(" && ", concat([local.is_our_repository], startswith(var.environment, "prod") ?
        [local.is_main, local.is_our_environment] :
      ["(assertion.event_name == 'pull_request' || ${local.is_main})"]))
      account = google_service_account.planner.name
    }
  }
}

resource "google_iam_workload_identity_pool_provider" "github" {
  for_each = local.providers

  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github-${each.key}"
  attribute_condition                = each.value.condition

  attribute_mapping = {
    # 127 bytes at most: what GitHub calls the subject has the names of owner, repository and environment in it, and can be longer
    "google.subject"       = "assertion.repository_id + '/' + assertion.run_id"
    "attribute.repository" = "assertion.repository_id"
    # tells the two providers' identities apart, as they come from one pool
    "attribute.door" = "assertion.repository_id + '/${each.key}'"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github" {
  for_each = local.providers

  service_account_id = each.value.account
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.door/${var.github_repository_id}/${each.key}"
}

# runs on main test a deployment as the one who verifies, with no more rights than it has
resource "google_service_account_iam_member" "github_smoke" {
  service_account_id = google_service_account.smoke.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.door/${var.github_repository_id}/deploy"
}

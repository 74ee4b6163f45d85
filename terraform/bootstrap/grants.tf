# Every grant of this root in one list: what is asserted (tests/identity.tftest.hcl) and what an auditor asks for.

locals {
  grants = flatten([
    [for g in concat(
      values(google_project_iam_member.deployer),
      [google_project_iam_member.deployer_archive, google_project_iam_member.deployer_buckets, google_project_iam_member.deployer_parameters],
      values(google_project_iam_member.planner),
      [google_project_iam_member.planner_metrics, google_project_iam_member.scaler_reads, google_project_iam_member.scaler_configured, google_project_iam_member.console_reads],
      [google_project_iam_member.batch_starts, google_project_iam_member.batch_waits],
      values(google_project_iam_member.job_user),
      values(google_project_iam_member.agent),
      google_project_iam_member.dataflow,
      google_project_iam_member.deployer_jobs,
    ) : { member = g.member, role = g.role, on = "project" }],
    [for g in concat(
      values(google_service_account_iam_member.act_as),
      [
        google_service_account_iam_member.smoke,
        google_service_account_iam_member.github_smoke,
        google_service_account_iam_member.scaler_acts_as,
      ],
      values(google_service_account_iam_member.github),
    ) : { member = g.member, role = g.role, on = g.service_account_id }],
    [for g in [google_secret_manager_secret_iam_member.gateway, google_secret_manager_secret_iam_member.deployer] :
    { member = g.member, role = g.role, on = g.secret_id }],
    [for g in concat(values(google_storage_bucket_iam_member.state), [google_storage_bucket_iam_member.deployer_state]) : { member = g.member, role = g.role, on = g.bucket }],
    [{
      member = google_artifact_registry_repository_iam_member.writer.member
      role   = google_artifact_registry_repository_iam_member.writer.role
      on     = google_artifact_registry_repository_iam_member.writer.repository
    }],
  ])
}

output "grants" {
  description = "Who has which role on what"
  value       = local.grants
}

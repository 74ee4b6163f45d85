# Every grant of this environment in one list: what is asserted (tests/roles.tftest.hcl) and what an auditor asks for.

locals {
  grants = flatten([
    [for g in values(google_pubsub_topic_iam_member.publisher) : { member = g.member, role = g.role, on = g.topic }],
    [for g in values(google_pubsub_topic_iam_member.viewer) : { member = g.member, role = g.role, on = g.topic }],
    [for g in [
      google_pubsub_topic_iam_member.smoke,
      google_pubsub_topic_iam_member.schema_changes,
      google_pubsub_topic_iam_member.schema_requests,
      google_pubsub_topic_iam_member.dead_letter_of_writer,
      google_pubsub_topic_iam_member.dead_letter_of_pubsub,
    ] : { member = g.member, role = g.role, on = g.topic }],
    [for g in concat(values(google_pubsub_topic_iam_member.batch_loader), google_pubsub_topic_iam_member.console) :
    { member = g.member, role = g.role, on = g.topic }],
    [for g in concat(
      values(google_pubsub_subscription_iam_member.writer),
      [google_pubsub_subscription_iam_member.dead_letter_of_pubsub],
      values(google_pubsub_subscription_iam_member.dataflow),
    ) : { member = g.member, role = g.role, on = g.subscription }],
    [for g in concat(
      [
        google_bigquery_dataset_iam_member.editor, google_bigquery_dataset_iam_member.writer, google_bigquery_dataset_iam_member.smoke,
        google_bigquery_dataset_iam_member.archiver, google_bigquery_dataset_iam_member.console,
      ],
      google_bigquery_dataset_iam_member.dataflow,
      values(google_bigquery_dataset_iam_member.batch_loader),
    ) : { member = g.member, role = g.role, on = g.dataset_id }],
    [for g in concat(
      values(google_bigquery_table_iam_member.pubsub_writes),
      values(google_bigquery_table_iam_member.pubsub_looks),
      [google_bigquery_table_iam_member.archiver, google_bigquery_table_iam_member.archiver_keys],
      google_bigquery_table_iam_member.console,
    ) : { member = g.member, role = g.role, on = g.table_id }],
    [for g in concat(
      [google_storage_bucket_iam_member.archiver, google_storage_bucket_iam_member.batch_loader],
      google_storage_bucket_iam_member.dataflow,
      values(google_storage_bucket_iam_member.batch_workflow),
      ) :
    { member = g.member, role = g.role, on = g.bucket }],
    [for g in concat(
      values(google_cloud_run_v2_service_iam_member.smoke),
      values(google_cloud_run_v2_service_iam_member.gateway_caller),
      values(google_cloud_run_v2_service_iam_member.console_invoker),
      values(google_cloud_run_v2_service_iam_member.console_calls),
      google_cloud_run_v2_service_iam_member.console_iap,
      [google_cloud_run_v2_service_iam_member.eventarc],
      google_cloud_run_v2_service_iam_member.scaler_called,
      google_cloud_run_v2_worker_pool_iam_member.scaler,
    ) : { member = g.member, role = g.role, on = g.name }],
    [for g in concat([google_cloud_run_v2_job_iam_member.archiver], values(google_cloud_run_v2_job_iam_member.batch_workflow)) :
    { member = g.member, role = g.role, on = g.name }],
  ])
}

output "grants" {
  description = "Who has which role on what"
  value       = local.grants
}

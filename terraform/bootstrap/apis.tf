# APIs are switched on long before the environment needs them: what Google makes with them takes minutes to be there.

resource "google_project_service" "api" {
  for_each = toset(concat([
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "billingbudgets.googleapis.com",
    # what tells of a project tells of its billing too, at each plan
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    # also where no job runs: cleanup-environment.sh looks for jobs
    "dataflow.googleapis.com",
    "eventarc.googleapis.com",
    "iam.googleapis.com",
    # where somebody puts it before the console (console_iap)
    "iap.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    # where the scaler of stream-writer reads its configuration
    "parametermanager.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
    "workflowexecutions.googleapis.com",
    "workflows.googleapis.com",
    # the workers of a Dataflow job are its machines
  ], var.enable_dataflow ? ["compute.googleapis.com"] : []))

  service            = each.key
  disable_on_destroy = false
}

# What the deployer may do. It makes and grants what belongs to the environment, on that alone: it can give nobody, itself included, a role
# on the project, on an account or on a secret. test/operations/deployer-permissions.test.ts computes that from the definitions of these
# roles.

locals {
  deployer_roles = [
    "roles/bigquery.dataOwner",
    "roles/cloudscheduler.admin",
    "roles/dataflow.viewer",
    "roles/eventarc.admin",
    "roles/logging.viewer",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/workflows.editor",
  ]

  archive_bucket = "projects/_/buckets/${var.project_id}-${var.environment}-events-archive"
  loads_bucket   = "projects/_/buckets/${var.project_id}-${var.environment}-loads"
}

resource "google_project_iam_member" "deployer" {
  for_each = toset(local.deployer_roles)

  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

# everything on the buckets of the environment, and nothing on the state's
resource "google_project_iam_member" "deployer_archive" {
  project = var.project_id
  role    = "roles/storage.admin"
  member  = google_service_account.deployer.member

  condition {
    title       = "the buckets of the environment"
    description = "Not the bucket of Terraform's state, and nobody else's"
    expression  = "resource.name == '${local.archive_bucket}' || resource.name.startsWith('${local.archive_bucket}/') || resource.name == '${local.loads_bucket}' || resource.name.startsWith('${local.loads_bucket}/')"
  }
}

# to make a bucket, and to list them, is asked of the project: no condition on a bucket's name is sure to hold there
resource "google_project_iam_custom_role" "bucket_maker" {
  role_id     = "tablestreamBucketMaker"
  title       = "Makes buckets"
  description = "Makes a bucket and lists those that are there, and sees into none"
  permissions = ["storage.buckets.create", "storage.buckets.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deployer_buckets" {
  project = var.project_id
  role    = google_project_iam_custom_role.bucket_maker.id
  member  = google_service_account.deployer.member
}

# roles/dataflow.admin and roles/dataflow.developer would also run builds of Cloud Build, which run as other accounts
resource "google_project_iam_custom_role" "job_runner" {
  role_id     = "tablestreamJobRunner"
  title       = "Runs Dataflow jobs"
  description = "Starts, changes and ends jobs of Dataflow, and nothing beside them"
  permissions = [
    "compute.machineTypes.get",
    "compute.projects.get",
    "compute.regions.list",
    "compute.zones.list",
    "dataflow.jobs.cancel",
    "dataflow.jobs.create",
    "dataflow.jobs.get",
    "dataflow.jobs.list",
    "dataflow.jobs.updateContents",
    "dataflow.messages.list",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deployer_jobs" {
  count = var.enable_dataflow ? 1 : 0

  project = var.project_id
  role    = google_project_iam_custom_role.job_runner.id
  member  = google_service_account.deployer.member
}

# What the scaler of stream-writer may do (terraform/scaling.tf). Cloud Run has no right to set a number of instances alone: who changes a pool
# may change all of it, and needs actAs on the account that it runs as. So it has that on one pool and one account.

# granted on the pool, by the environment
resource "google_project_iam_custom_role" "pool_scaler" {
  role_id     = "tablestreamPoolScaler"
  title       = "Sets how many instances a worker pool has"
  description = "Looks at a worker pool and changes it; makes, deletes and grants nothing"
  permissions = ["run.workerpools.get", "run.workerpools.update"]

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "scaler_acts_as" {
  service_account_id = google_service_account.service["stream-writer"].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.service["writer-scaler"].member
}

# Monitoring and Parameter Manager know no smaller place than the project; no parameter but the scaler's is in it. The operation that changes a
# pool is no part of it: who waits for it, as the scaler does, asks the project
resource "google_project_iam_custom_role" "scaler_reader" {
  role_id     = "tablestreamScalerReader"
  title       = "Reads metrics, and the scaler's configuration"
  description = "Reads time series, operations and versions of parameters, and renders none: no secret comes with them"
  permissions = ["monitoring.timeSeries.list", "parametermanager.parameterVersions.get", "run.operations.get"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "scaler_reads" {
  project = var.project_id
  role    = google_project_iam_custom_role.scaler_reader.id
  member  = google_service_account.service["writer-scaler"].member
}

# scripts/apply.sh puts the configuration, scripts/cleanup-environment.sh takes it away. Without render: a parameter can name secrets, and only
# who renders it reads them.
resource "google_project_iam_custom_role" "parameter_writer" {
  role_id     = "tablestreamParameterWriter"
  title       = "Writes parameters"
  description = "Makes and deletes parameters and their versions, and renders none"
  permissions = [
    "parametermanager.parameterVersions.create",
    "parametermanager.parameterVersions.delete",
    "parametermanager.parameterVersions.get",
    "parametermanager.parameterVersions.list",
    "parametermanager.parameters.create",
    "parametermanager.parameters.delete",
    "parametermanager.parameters.get",
    "parametermanager.parameters.list",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deployer_parameters" {
  project = var.project_id
  role    = google_project_iam_custom_role.parameter_writer.id
  member  = google_service_account.deployer.member
}

# What the scaler of stream-writer may do (terraform/scaling.tf). Cloud Run has no right to set a number of instances alone: who changes a
# pool may change all of it, and needs actAs on the account that it runs as. So it has that on one pool and one account.

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

# Monitoring knows no smaller place than the project, and its resources take no condition. The operation that changes a pool is no part of
# it: who waits for it, as the scaler does, asks the project
resource "google_project_iam_custom_role" "scaler_reader" {
  role_id     = "tablestreamScalerReader"
  title       = "Reads metrics and operations"
  description = "Reads time series and operations"
  permissions = ["monitoring.timeSeries.list", "run.operations.get"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "scaler_reads" {
  project = var.project_id
  role    = google_project_iam_custom_role.scaler_reader.id
  member  = google_service_account.service["writer-scaler"].member
}

# Its own configuration, and no other parameter that may be in the project: parameters have no policy of their own, but their names may be a
# condition (docs.cloud.google.com/iam/docs/conditions-resource-attributes; Cloud Run and Monitoring are not on that page). Without render:
# no secret comes with them.
resource "google_project_iam_custom_role" "configuration_reader" {
  role_id     = "tablestreamConfigurationReader"
  title       = "Reads parameters"
  description = "Reads versions of parameters, and renders none"
  permissions = ["parametermanager.parameterVersions.get"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "scaler_configured" {
  project = var.project_id
  role    = google_project_iam_custom_role.configuration_reader.id
  member  = google_service_account.service["writer-scaler"].member

  # by the project's number or its id: Google's page on conditions shows no name of a parameter
  condition {
    title = "its own configuration"
    expression = join(" || ", [
      for project in [data.google_project.this.number, var.project_id] :
      "resource.name.startsWith('projects/${project}/locations/global/parameters/writer-scaler/versions/')"
    ])
  }
}

# scripts/apply.sh puts the configuration, scripts/cleanup-environment.sh takes it away. Without render: a parameter can name secrets, and
# only who renders it reads them.
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

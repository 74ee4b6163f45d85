# What services may do on the project, where there is no smaller place for it, and what outlives the environment. Everything else they may
# do is granted on a resource of the environment.

# DDL (widening a column, views, primary keys) is a job, and so are asking whether a row is there (docs/decisions/0013) and archiving an
# hour; jobs are the project's; so are load and extract jobs of batch-loader, and the queries of the console
resource "google_project_iam_member" "job_user" {
  for_each = merge({
    "table-manager" = google_service_account.service["table-manager"].member
    "stream-writer" = google_service_account.service["stream-writer"].member
    "archiver"      = google_service_account.service["archiver"].member
    "batch-loader"  = google_service_account.service["batch-loader"].member
    "console"       = google_service_account.service["console"].member
    "smoke"         = google_service_account.smoke.member
    }, var.enable_dataflow ? {
    "dataflow-worker" = google_service_account.service["dataflow-worker"].member
  } : {})

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = each.value
}

# the console's curves: Monitoring knows no smaller place than the project. roles/monitoring.viewer would also read alerts and channels
resource "google_project_iam_custom_role" "figure_reader" {
  role_id     = "tablestreamFigureReader"
  title       = "Reads figures"
  description = "Reads time series of Monitoring, and nothing else there"
  permissions = ["monitoring.timeSeries.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "console_reads" {
  project = var.project_id
  role    = google_project_iam_custom_role.figure_reader.id
  member  = google_service_account.service["console"].member
}

# a worker's role is the project's
resource "google_project_iam_member" "dataflow" {
  count = var.enable_dataflow ? 1 : 0

  project = var.project_id
  role    = "roles/dataflow.worker"
  member  = google_service_account.service["dataflow-worker"].member
}

# stream-writer appends rows, asks for a table's write schema, and looks up rows that it may have written before (docs/decisions/0013);
# roles/bigquery.dataEditor would also make and delete tables
resource "google_project_iam_custom_role" "row_writer" {
  role_id     = "tablestreamRowWriter"
  title       = "Appends rows"
  description = "Appends and reads rows of tables, and neither makes nor deletes one"
  permissions = ["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"]

  depends_on = [google_project_service.api]
}

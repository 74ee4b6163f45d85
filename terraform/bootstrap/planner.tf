# What the planner may read: what Terraform made, and no data. roles/viewer would also read the tables, the archive and the log, and a plan
# of a pull request runs what the pull request wrote.

resource "google_project_iam_member" "planner" {
  for_each = toset([
    "roles/artifactregistry.reader",
    "roles/bigquery.metadataViewer",
    "roles/cloudscheduler.viewer",
    "roles/dataflow.viewer",
    "roles/eventarc.viewer",
    "roles/iam.roleViewer",
    "roles/iam.securityReviewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.viewer",
    "roles/secretmanager.viewer",
    "roles/storage.bucketViewer",
    "roles/workflows.viewer",
  ])

  project = var.project_id
  role    = each.key
  member  = google_service_account.planner.member
}

# roles/logging.viewer would read the log too
resource "google_project_iam_custom_role" "metric_reader" {
  role_id     = "tablestreamMetricReader"
  title       = "Reads what is counted in the log"
  description = "Reads the definitions of log-based metrics, and never the log"
  permissions = ["logging.logMetrics.get", "logging.logMetrics.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "planner_metrics" {
  project = var.project_id
  role    = google_project_iam_custom_role.metric_reader.id
  member  = google_service_account.planner.member
}

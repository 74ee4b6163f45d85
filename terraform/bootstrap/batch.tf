# What the workflow of a batch may do on the project (terraform/batch-loader.tf), where there is no smaller place for it: workflows take no
# grants of their own, and an operation of Cloud Run is no part of its job.

resource "google_project_iam_member" "batch_starts" {
  project = var.project_id
  role    = "roles/workflows.invoker"
  member  = google_service_account.service["batch-workflow"].member
}

resource "google_project_iam_custom_role" "run_watcher" {
  role_id     = "tablestreamRunWatcher"
  title       = "Waits for runs of jobs"
  description = "Looks whether an operation of Cloud Run is done, and what became of a run"
  permissions = ["run.executions.get", "run.operations.get"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "batch_waits" {
  project = var.project_id
  role    = google_project_iam_custom_role.run_watcher.id
  member  = google_service_account.service["batch-workflow"].member
}

# Google's own accounts that work in the project for Pub/Sub, Eventarc and Workflows. scripts/bootstrap.sh asks for them before the
# environment's grants name them, and an account that is asked for gets no role by itself, as one does that Google makes on first use
# (docs.cloud.google.com/iam/docs/create-service-agents). Without its role Eventarc makes no subscription, Pub/Sub no token for its push,
# and Workflows no workflow.

data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_iam_member" "agent" {
  for_each = {
    "gcp-sa-pubsub"    = "roles/pubsub.serviceAgent"
    "gcp-sa-eventarc"  = "roles/eventarc.serviceAgent"
    "gcp-sa-workflows" = "roles/workflows.serviceAgent"
  }

  project = var.project_id
  role    = each.value
  member  = "serviceAccount:service-${data.google_project.this.number}@${each.key}.iam.gserviceaccount.com"

  depends_on = [google_project_service.api]
}

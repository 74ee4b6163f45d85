# Who deploys, who only plans, and who verifies. None has a key: GitHub's identity is exchanged for theirs.

resource "google_service_account" "deployer" {
  account_id   = "tablestream-deployer"
  display_name = "Applies Terraform and deploys, from the main branch"
}

resource "google_service_account" "planner" {
  account_id   = "tablestream-planner"
  display_name = "Plans pull requests: reads, and changes nothing"
}

resource "google_service_account" "smoke" {
  account_id   = "tablestream-smoke"
  display_name = "Verifies a deployment as a user would"
}

locals {
  deployer_roles = [
    "roles/bigquery.admin",
    "roles/dataflow.admin",
    "roles/eventarc.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/storage.admin",
  ]

  # what the deployer may give away on the project: these roles, and no others
  grantable_roles = ["roles/bigquery.jobUser", "roles/dataflow.worker"]
}

resource "google_project_iam_member" "deployer" {
  for_each = toset(local.deployer_roles)

  project = var.project_id
  role    = each.key
  member  = google_service_account.deployer.member
}

resource "google_project_iam_member" "deployer_grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.deployer.member

  condition {
    title       = "only the roles that the environment needs"
    description = "The deployer cannot give itself, or anybody, another role of the project"
    expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local.grantable_roles : "'${role}'"])}])"
  }
}

resource "google_project_iam_member" "planner" {
  for_each = toset(["roles/viewer", "roles/iam.securityReviewer"])

  project = var.project_id
  role    = each.key
  member  = google_service_account.planner.member
}

# identity tokens of the one who verifies are made by the deployer's run
resource "google_service_account_iam_member" "smoke" {
  service_account_id = google_service_account.smoke.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.deployer.member
}

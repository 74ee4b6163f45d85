# Who deploys, who only plans, who verifies, and whom each service runs as. None has a key: GitHub's identity is exchanged for the
# first three. The services' accounts are made here, and not with the environment: an account that is deleted and made again under
# its name is refused for minutes ("Service account … does not exist"), and who may make accounts may become any of them.

resource "google_service_account" "deployer" {
  account_id   = "tablestream-deployer"
  display_name = "Applies Terraform and deploys, from the main branch"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "planner" {
  account_id   = "tablestream-planner"
  display_name = "Plans pull requests and looks for drift: reads, and changes nothing"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "smoke" {
  account_id   = "tablestream-smoke"
  display_name = "Verifies a deployment as a user would"

  depends_on = [google_project_service.api]
}

locals {
  # by account, what runs as it
  service_accounts = merge({
    "event-generator"  = "Simulates a shop and publishes its events"
    "event-gateway"    = "Takes events over HTTP and publishes them"
    "table-manager"    = "Creates and evolves the tables"
    "stream-writer"    = "Writes events to their tables"
    "console"          = "Shows what became of events"
    "archiver"         = "Makes the archive of the record"
    "batch-loader"     = "Loads files into the tables"
    "batch-workflow"   = "Starts the steps of a batch, one after the other"
    "eventarc-trigger" = "Pushes events to table-manager"
    "writer-scaler"    = "Sets how many instances stream-writer has"
    }, var.enable_dataflow ? {
    "dataflow-worker" = "Runs the Dataflow job"
  } : {})
}

resource "google_service_account" "service" {
  for_each = local.service_accounts

  account_id   = each.key
  display_name = each.value

  depends_on = [google_project_service.api]
}

# to run a service as its account is a right on that account, not on the project
resource "google_service_account_iam_member" "act_as" {
  for_each = google_service_account.service

  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}

# identity tokens of the one who verifies are made by the deployer's run
resource "google_service_account_iam_member" "smoke" {
  service_account_id = google_service_account.smoke.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.deployer.member
}

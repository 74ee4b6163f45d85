# One for each service and one for what Eventarc pushes with: none has a role that it does not need, and all but one role
# are on a resource.

resource "google_service_account" "service" {
  for_each = local.services

  account_id   = each.key
  display_name = each.value.does
}

resource "google_service_account" "eventarc" {
  account_id   = "eventarc-trigger"
  display_name = "Pushes events to table-manager"
}

# to run a service as its account is a right on that account, not on the project
resource "google_service_account_iam_member" "deployer" {
  for_each = merge(google_service_account.service, { eventarc = google_service_account.eventarc })

  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.deployer_service_account}"
}

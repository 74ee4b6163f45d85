# Keys of those who may publish. People put the versions (docs/operations.md): none is in a state.

resource "google_secret_manager_secret" "api_keys" {
  secret_id = "event-gateway-api-keys"

  replication {
    auto {}
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "gateway" {
  secret_id = google_secret_manager_secret.api_keys.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service["event-gateway"].member
}

# which version is the newest: the deployer names it to event-gateway, and cannot read it itself
resource "google_secret_manager_secret_iam_member" "deployer" {
  secret_id = google_secret_manager_secret.api_keys.id
  role      = "roles/secretmanager.viewer"
  member    = google_service_account.deployer.member
}

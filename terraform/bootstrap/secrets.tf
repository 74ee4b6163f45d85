# Keys of those who may publish. People put the versions (docs/operations.md): none is in a state.

resource "google_secret_manager_secret" "api_keys" {
  secret_id = "event-gateway-api-keys"

  replication {
    auto {}
  }

  depends_on = [google_project_service.api]
}

# the deployer lets event-gateway read it, and cannot read it itself
resource "google_secret_manager_secret_iam_member" "deployer" {
  secret_id = google_secret_manager_secret.api_keys.id
  role      = google_project_iam_custom_role.secret_granter.id
  member    = google_service_account.deployer.member
}

resource "google_project_iam_custom_role" "secret_granter" {
  role_id     = "tablestreamSecretGranter"
  title       = "Grants access to a secret"
  description = "Reads and sets who may read a secret, and never the secret"
  permissions = ["secretmanager.secrets.get", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy"]
}

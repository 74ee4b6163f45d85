output "state_bucket" {
  description = "Bucket of Terraform's state"
  value       = google_storage_bucket.state.name
}

output "image_registry" {
  description = "Where images go: REGISTRY/SERVICE"
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}

output "deploy_provider" {
  description = "Workload identity provider of runs on main"
  value       = google_iam_workload_identity_pool_provider.github["deploy"].name
}

output "plan_provider" {
  description = "Workload identity provider of pull requests"
  value       = google_iam_workload_identity_pool_provider.github["plan"].name
}

output "deployer" {
  description = "Service account that deploys"
  value       = google_service_account.deployer.email
}

output "planner" {
  description = "Service account that plans"
  value       = google_service_account.planner.email
}

output "smoke" {
  description = "Service account that verifies a deployment"
  value       = google_service_account.smoke.email
}

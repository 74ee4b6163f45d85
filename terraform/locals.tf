data "google_project" "this" {
  project_id = var.project_id
}

locals {
  # names are the same in every environment: each has a project of its own
  topic       = "backend-events-topic"
  dead_letter = "backend-events-dead-letter"
  dataset     = "${var.environment}_events_dataset"
  # A service is protected once it runs an image: one whose making failed is replaced when it is tried again, which a protection would
  # forbid.
  is_protected = var.deletion_protection == null ? startswith(var.environment, "prod") : var.deletion_protection
  labels       = { app = "tablestream", environment = var.environment }

  # bootstrap makes the accounts; they outlive the environment
  accounts = { for service in keys(local.services) : service => "${service}@${var.project_id}.iam.gserviceaccount.com" }
  members  = { for service, account in local.accounts : service => "serviceAccount:${account}" }
  eventarc = "eventarc-trigger@${var.project_id}.iam.gserviceaccount.com"
  smoke    = "tablestream-smoke@${var.project_id}.iam.gserviceaccount.com"

  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  # flags of Node that a service names in its package.json (docs/decisions/0007)
  node_flags = {
    for service in keys(local.services) :
    service => try(local.packages[service].config.nodeFlags, [])
  }
  packages = { for service in keys(local.services) : service => jsondecode(file("${path.module}/../services/${service}/package.json")) }
}

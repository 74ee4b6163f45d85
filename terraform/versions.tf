terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source = "hashicorp/google"
      # exactly one, until a lock file is committed: before 7.45.0 an update of a dataset took grants on it away
      version = "7.45.0"
    }
  }

  # bucket and prefix are given by scripts/apply.sh: one state for each environment
  backend "gcs" {}
}

provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels
}

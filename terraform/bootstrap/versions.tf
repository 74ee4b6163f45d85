terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.44"
    }
  }

  # scripts/bootstrap.sh makes the bucket before the first apply, which takes it over
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.44"
    }
  }

  # scripts/bootstrap.sh moves the state into the bucket that the first apply made
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}

variable "project_id" {
  description = "Google Cloud project of the environment"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "environment" {
  description = "Environment that the project holds: dev, staging, production. Also the name of the environment in GitHub, which its runs must name"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.environment))
    error_message = "An environment has 2 to 16 lower-case letters and digits, and begins with a letter."
  }
}

variable "region" {
  description = "Region of the state bucket and the image registry"
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like us-central1."
  }
}

variable "github_owner_id" {
  description = "Numeric id of the GitHub organisation or user: names can be given up and taken by others. `gh api users/OWNER --jq .id`"
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_owner_id))
    error_message = "A number, not a name."
  }
}

variable "github_repository_id" {
  description = "Numeric id of the GitHub repository. `gh api repos/OWNER/NAME --jq .id`"
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "A number, not a name."
  }
}

variable "enable_dataflow" {
  description = "Also make what the environment's enable_dataflow needs: the Compute Engine API, the workers' account and its roles"
  type        = bool
  default     = false
}

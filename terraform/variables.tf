variable "project_id" {
  description = "Google Cloud project of the environment"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "environment" {
  description = "Name of the environment: dev, staging, prod. What begins with prod is protected from deletion"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,15}$", var.environment))
    error_message = "An environment has 2 to 16 lower-case letters and digits, and begins with a letter: it is a part of the dataset's name."
  }
}

variable "region" {
  description = "Region of the services, the topic's subscriptions, the bucket and the dataset"
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like us-central1."
  }
}

variable "deletion_protection" {
  description = "Whether services, tables and data are protected from deletion; null: where the environment's name begins with prod"
  type        = bool
  default     = null
}

variable "images" {
  description = "Image of each service by digest: {\"stream-writer\" = \"REGION-docker.pkg.dev/…@sha256:…\"}. A service without one runs a placeholder"
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "An image is named by its digest (…@sha256:…): a tag can mean another image tomorrow."
  }

  validation {
    condition = alltrue([
      for service in keys(var.images) :
      contains(["event-generator", "event-gateway", "table-manager", "stream-writer"], service)
    ])
    error_message = "The services are event-generator, event-gateway, table-manager and stream-writer."
  }
}

variable "event_types" {
  description = "Event types that are archived, each by a Cloud Storage subscription of its own. scripts/apply.sh gives those of the catalogue"
  type        = set(string)
  default     = ["order", "inventory", "user_activity"]

  validation {
    condition     = alltrue([for type in var.event_types : can(regex("^[a-z][a-z0-9_]{0,99}$", type))])
    error_message = "The name of an event type has lower-case letters, digits and underscores, and begins with a letter."
  }
}

variable "stream_writer_instances" {
  description = "Instances of stream-writer. A worker pool has no autoscaling: one instance writes several thousand events a second"
  type        = number
  default     = 1

  validation {
    condition     = var.stream_writer_instances >= 0 && var.stream_writer_instances <= 100 && floor(var.stream_writer_instances) == var.stream_writer_instances
    error_message = "A whole number from 0 to 100."
  }
}

variable "always_on" {
  description = "Services with a CPU between requests, billed by instance and not by request. Tasks of event-generator need it; for the others it is cheaper from about 50 requests a second"
  type        = set(string)
  default     = ["event-generator", "table-manager"]

  validation {
    condition     = alltrue([for service in var.always_on : contains(["event-generator", "event-gateway", "table-manager"], service)])
    error_message = "The services are event-generator, event-gateway and table-manager."
  }
}

variable "max_instances" {
  description = "Instances of event-generator, event-gateway and table-manager at most, each"
  type        = number
  default     = 10

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100
    error_message = "A number from 1 to 100."
  }
}

variable "event_policies" {
  description = "How tables may change, by event type, as JSON (services/table-manager/README.md, Policies)"
  type        = string
  default     = "{}"

  validation {
    condition     = can(keys(jsondecode(var.event_policies)))
    error_message = "A JSON object."
  }
}

variable "smoke_service_account" {
  description = "Who verifies a deployment: may call event-generator and event-gateway, publish, and read the tables. bootstrap makes it"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]+@[a-z0-9.-]+\\.iam\\.gserviceaccount\\.com$", var.smoke_service_account))
    error_message = "The e-mail address of a service account."
  }
}

variable "deployer_service_account" {
  description = "Who applies this: may run the services as their accounts. bootstrap makes it"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]+@[a-z0-9.-]+\\.iam\\.gserviceaccount\\.com$", var.deployer_service_account))
    error_message = "The e-mail address of a service account."
  }
}

variable "gateway_callers" {
  description = "Service accounts that may call event-gateway, by e-mail address. Each also needs an API key, or its identity token is taken"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for caller in var.gateway_callers : can(regex("^[^@ ]+@[a-z0-9.-]+\\.iam\\.gserviceaccount\\.com$", caller))])
    error_message = "E-mail addresses of service accounts: the gateway is not public."
  }
}

variable "archive_days" {
  description = "Days that archived events are kept"
  type        = number
  default     = 90

  validation {
    condition     = var.archive_days >= 1
    error_message = "At least one day."
  }
}

variable "notification_emails" {
  description = "Who is told by the alerts"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.notification_emails : can(regex("^[^@ ]+@[^@ ]+$", email))])
    error_message = "E-mail addresses."
  }
}

variable "billing_account" {
  description = "Billing account of the budget, like 012345-6789AB-CDEF01; empty: no budget"
  type        = string
  default     = ""

  validation {
    condition     = var.billing_account == "" || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account is named like 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget" {
  description = "Budget of a month, in the currency of the billing account: told at 50, 90 and 100 %"
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget > 0
    error_message = "More than 0."
  }
}

variable "enable_dataflow" {
  description = "Also run Google's template Pub/Sub subscription to BigQuery, for those who outgrow the writer. A streaming job bills at least one VM all the time"
  type        = bool
  default     = false
}

variable "dataflow" {
  description = "Event type that the Dataflow job reads, and the table of the environment's dataset that it writes: it must be there with its columns"
  type        = object({ event_type = string, table = string })
  default     = { event_type = "order", table = "orders" }
}

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
  description = "Whether services (once they run an image), tables and data are protected from deletion; null: where the environment's name begins with prod"
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
      contains(["event-generator", "event-gateway", "table-manager", "stream-writer", "console"], service)
    ])
    error_message = "The services are event-generator, event-gateway, table-manager, stream-writer and console."
  }
}

variable "canary" {
  description = "While new images are tried: by service, the revision that keeps the other requests or instances. scripts/apply.sh --canary gives it"
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for service in keys(var.canary) : contains(["event-gateway", "table-manager", "stream-writer"], service)])
    error_message = "The services are event-gateway, table-manager and stream-writer: event-generator and console are one instance each, and get their image at once."
  }
}

variable "api_keys_version" {
  description = "Version of the secret event-gateway-api-keys. scripts/apply.sh gives the newest: a new one is a new revision"
  type        = string
  default     = "latest"

  validation {
    condition     = can(regex("^(latest|[1-9][0-9]*)$", var.api_keys_version))
    error_message = "A number, or latest."
  }
}

variable "event_types" {
  description = "Event types that have a folder each in the archive, beside those of contracts; all others share _others. scripts/apply.sh gives those of the catalogue; none: all share it"
  type        = set(string)
  default     = ["order", "inventory", "user_activity"]

  validation {
    condition     = alltrue([for type in var.event_types : can(regex("^[a-z][a-z0-9_]{0,99}$", type))])
    error_message = "The name of an event type has lower-case letters, digits and underscores, and begins with a letter."
  }
}

variable "stream_writer_instances" {
  description = "Instances of stream-writer; the fewest of them where stream_writer_max_instances is said"
  type        = number
  default     = 1

  validation {
    condition     = var.stream_writer_instances >= 0 && var.stream_writer_instances <= 100 && floor(var.stream_writer_instances) == var.stream_writer_instances
    error_message = "A whole number from 0 to 100."
  }
}

variable "stream_writer_max_instances" {
  description = "Instances of stream-writer at most: it then has a scaler, a service of its own that is called once a minute. null: no scaler, as many as stream_writer_instances says"
  type        = number
  default     = null

  validation {
    condition = var.stream_writer_max_instances == null ? true : (
      var.stream_writer_max_instances >= max(1, var.stream_writer_instances) && var.stream_writer_max_instances <= 1000 &&
      floor(var.stream_writer_max_instances) == var.stream_writer_max_instances
    )
    error_message = "A whole number from stream_writer_instances to 1000, or null."
  }
}

variable "stream_writer_events" {
  description = "Events a second that an instance of stream-writer is given, two thirds of what one stream of Pub/Sub carries: the scaler wants an instance for each so many that are published"
  type        = number
  default     = 7000

  validation {
    condition     = var.stream_writer_events >= 1
    error_message = "At least 1 event a second."
  }
}

variable "stream_writer_backlog_messages" {
  description = "Messages that may wait for an instance of stream-writer: the scaler wants an instance for each so many that wait"
  type        = number
  default     = 400000

  validation {
    condition     = var.stream_writer_backlog_messages >= 1
    error_message = "At least 1 message."
  }
}

variable "stream_writer_backlog_seconds" {
  description = "Seconds that the oldest message may wait: when it waits for twice as long, the scaler wants twice the instances"
  type        = number
  default     = 60

  validation {
    condition     = var.stream_writer_backlog_seconds >= 1
    error_message = "At least 1 second."
  }
}

variable "stream_writer_running" {
  description = "Instances that stream-writer has at this moment, which an apply leaves as they are where it has a scaler. scripts/apply.sh tells it"
  type        = number
  default     = null
}

variable "scaler_image" {
  description = "Image of the scaler: Google's, by the tag of a release, which Google mends in place, or by a digest"
  type        = string
  default     = "us-central1-docker.pkg.dev/cloud-run-oss-images/crema-v1/autoscaler:1.2"

  validation {
    condition     = can(regex("(:[0-9]+\\.[0-9]+|@sha256:[0-9a-f]{64})$", var.scaler_image))
    error_message = "An image by the tag of a release (…:1.2) or its digest."
  }
}

variable "event_generator_instances" {
  description = "Instances of event-generator that are kept: 1, or 0 where nothing is simulated. Without one its tasks end about 15 minutes after the last request"
  type        = number
  default     = 1

  validation {
    condition     = contains([0, 1], var.event_generator_instances)
    error_message = "0 or 1: tasks live in one process."
  }
}

variable "always_on" {
  description = "Services with a CPU between requests, billed by instance and not by request. Tasks of event-generator need it; for the others it is cheaper from about 50 requests a second: for table-manager where it sees every event"
  type        = set(string)
  default     = ["event-generator"]

  validation {
    condition     = alltrue([for service in var.always_on : contains(["event-generator", "event-gateway", "table-manager"], service)])
    error_message = "The services are event-generator, event-gateway and table-manager."
  }
}

variable "max_instances" {
  description = "Instances of event-gateway at most, and of table-manager where it sees every event"
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

variable "type_field" {
  description = "The field of an event that names its type, at the top of the event (docs/adopting/own-events.md): said before the first event is published"
  type        = string
  default     = "event_type"

  # a column with the same name in every table, and none that has it with another meaning, or that BigQuery refuses
  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]{0,149}$", var.type_field)) && !contains(["event_id", "event_date", "processed_timestamp", "_unmapped", "_source", "_fingerprint", "__proto__"], lower(var.type_field)) && !can(regex("^(_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier|_change_)", lower(var.type_field)))
    error_message = "A name that is a column, too: letters, digits and _, 150 at most, no digit first, and none of a column that every table has, as event_id."
  }
}

variable "table_requests" {
  description = "What table-manager sees: shapes (stream-writer asks it once for each shape that a table lacks) or events (all of them, at the price of a second delivery; it then makes tables where no writer runs, too)"
  type        = string
  default     = "shapes"

  validation {
    condition     = contains(["shapes", "events"], var.table_requests)
    error_message = "shapes or events."
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

variable "console_invokers" {
  description = "Who may open the console: [\"group:data@example.com\", \"user:ann@example.com\"]. Nobody, if nothing is said"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.console_invokers : can(regex("^((user|group|serviceAccount):[^@ ]+@[^@ ]+|domain:[^@ ]+)$", member))])
    error_message = "Members as IAM names them, user:…, group:…, serviceAccount:… or domain:…, and nobody anonymous: whoever opens the console reads all events."
  }
}

variable "console_iap" {
  description = "Whether Identity-Aware Proxy stands before the console: people log in with their browser, and need no proxy of their own. Its agent, and who may pass it, are an owner's to make (docs/operations.md)"
  type        = bool
  default     = false
}

variable "console_hosts" {
  description = "Names that the console is called by beside Cloud Run's own: those of a load balancer before it"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for host in var.console_hosts : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", host))])
    error_message = "Names of hosts, without scheme and port: console.example.com."
  }
}

variable "console_may_query" {
  description = "Reading: whether SELECTs of one's own may be run in the console; its other pages are there in any case"
  type        = bool
  default     = true
}

variable "console_may_replay" {
  description = "Replaying: whether dead letters may be replayed in the console, which may then publish to the topic"
  type        = bool
  default     = false
}

variable "console_may_send" {
  description = "Sending: whether events may be sent and generated in the console, which may then call event-gateway and event-generator"
  type        = bool
  default     = false
}

variable "archive_days" {
  description = "Days that archived events are kept: Google bills at least 90 for what is in COLDLINE"
  type        = number
  default     = 90

  validation {
    condition     = var.archive_days >= 1
    error_message = "At least one day."
  }
}

variable "archive_coldline_after_days" {
  description = "Days after which files of the archive go to COLDLINE"
  type        = number
  default     = 1

  validation {
    condition     = var.archive_coldline_after_days >= 1 && var.archive_coldline_after_days < var.archive_days
    error_message = "At least one day, and fewer than archive_days."
  }
}

variable "archive_minutes" {
  description = "Minutes that a folder of the archive has: output/TYPE/YYYY/MM/DD/HH/MM"
  type        = number
  default     = 1

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60], var.archive_minutes)
    error_message = "A divisor of 60."
  }

  validation {
    condition     = (length(local.archive_types) + 1) * 60 / var.archive_minutes <= 4000
    error_message = "An hour has at most 4,000 folders, as many as a job of BigQuery changes partitions: more minutes, or event_types = [], and all share _others."
  }
}

variable "published_messages_days" {
  description = "Days that the record of what was published is kept: as far back as reconcile can look without the archive"
  type        = number
  default     = 3

  validation {
    condition     = var.published_messages_days >= 1 && var.published_messages_days <= 400
    error_message = "1 to 400: a table has at most 10,000 partitions, and each is an hour."
  }
}

variable "dead_letters_days" {
  description = "Days that dead letters are kept: as long as they can be replayed"
  type        = number
  default     = 90

  validation {
    condition     = var.dead_letters_days >= 1
    error_message = "At least one day."
  }
}

variable "notification_channels" {
  description = "Who is told by alerts and, where it is e-mail, by the budget, by a name of yours: {\"on-call\" = {type = \"email\", to = \"on-call@example.com\"}}. An environment whose name begins with prod needs one. Types: docs/operations.md"
  type        = map(object({ type = string, to = string }))
  default     = {}

  validation {
    condition     = length(var.notification_channels) > 0 || !startswith(var.environment, "prod")
    error_message = "Nobody would be told of anything: name at least one channel in notification_channels, in terraform/environments/${var.environment}.tfvars."
  }

  validation {
    condition     = alltrue([for channel in var.notification_channels : contains(["email", "pubsub", "existing"], channel.type)])
    error_message = "The types are email, pubsub and existing. scripts/channel.sh makes what needs a secret (Slack, PagerDuty, a webhook), and prints its line."
  }

  # by type, the form of what it is sent to
  validation {
    condition = alltrue([
      for channel in var.notification_channels : can(regex(lookup({
        email    = "^[^@ ]+@[^@ ]+$"
        pubsub   = "^projects/[^/]+/topics/[^/]+$"
        existing = "^projects/[^/]+/notificationChannels/[0-9]+$"
      }, channel.type, ".*"), channel.to))
    ])
    error_message = "What a channel is sent to: email an address, pubsub projects/P/topics/T, existing projects/P/notificationChannels/N."
  }
}

variable "batch_schedule" {
  description = "When files in raw/ of the bucket of loads are loaded and processed, as cron in UTC: 30 4 * * *. Empty: no schedule and no workflow; the job is there to be started by hand"
  type        = string
  default     = ""

  validation {
    condition     = var.batch_schedule == "" || can(regex("^[^\\s]+( [^\\s]+){4}$", var.batch_schedule))
    error_message = "Five fields of cron, as 30 4 * * *, or nothing."
  }
}

variable "batch_tasks" {
  description = "Tasks that share the files of a scheduled load: each is an instance of the job for as long as it has something to do"
  type        = number
  default     = 1

  validation {
    condition     = var.batch_tasks >= 1 && var.batch_tasks <= 100 && floor(var.batch_tasks) == var.batch_tasks
    error_message = "A whole number from 1 to 100."
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
  description = "Also run Google's template Pub/Sub subscription to BigQuery, for those who outgrow the writer. A streaming job bills at least one VM all the time. Needs bootstrap's enable_dataflow"
  type        = bool
  default     = false
}

variable "dataflow" {
  description = "Event type that the Dataflow job reads, the table of the environment's dataset that it writes (it must be there with its columns), and the subnetwork of its workers"
  type        = object({ event_type = string, table = string, subnetwork = optional(string, "") })
  default     = { event_type = "order", table = "orders" }
}

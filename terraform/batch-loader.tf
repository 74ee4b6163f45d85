# The job that loads files (services/batch-loader), the bucket of what it reads and makes, and what starts it by a schedule, where there is
# one. Its programs are in table-manager's image, as the archiver's is.

locals {
  batch_loader   = "batch-loader@${var.project_id}.iam.gserviceaccount.com"
  batch_workflow = "batch-workflow@${var.project_id}.iam.gserviceaccount.com"
  has_batch      = var.batch_schedule == "" ? [] : ["batch"]

  batch_loader_flags = jsondecode(file("${path.module}/../services/batch-loader/package.json")).config.nodeFlags
}

# raw/: what comes in; processed/: cleaned rows as Parquet; loads/: what a load that is under way has done
resource "google_storage_bucket" "loads" {
  name     = "${var.project_id}-${var.environment}-loads"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !local.is_protected

  # rows on their way: what is deleted would be billed for another week
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # a load clears its own when it is done; what one that nobody finished has left is made anew
  lifecycle_rule {
    condition {
      age            = 14
      matches_prefix = ["loads/"]
    }
    action {
      type = "Delete"
    }
  }
}

# Cleaned rows: of each thing the newest state, by its key. Made anew by each batch.
resource "google_bigquery_dataset" "processed" {
  dataset_id                 = "${var.environment}_processed_dataset"
  location                   = var.region
  description                = "Customers, products, transactions and user events as their files have them: of each the newest state"
  delete_contents_on_destroy = true
}

resource "google_cloud_run_v2_job" "batch_loader" {
  name                = "batch-loader"
  location            = var.region
  deletion_protection = local.is_protected && contains(keys(var.images), "table-manager")

  template {
    task_count = 1

    template {
      service_account = local.batch_loader
      # of each of its four attempts: one that is tried again goes on where it was. A load's own table ends after a day, and so does the
      # step of the workflow (workflows/batch.yaml)
      timeout     = "20700s"
      max_retries = 3

      containers {
        image = lookup(var.images, "table-manager", "us-docker.pkg.dev/cloudrun/container/job")
        # a run says which program, and of what, in its arguments: load.cjs SOURCE… or batch.cjs STEP. Flags of Node are no part of them
        command = contains(keys(var.images), "table-manager") ? concat(["/nodejs/bin/node"], local.batch_loader_flags) : null
        args    = contains(keys(var.images), "table-manager") ? ["batch.cjs", "load"] : null

        resources {
          limits = { cpu = "1", memory = "1Gi" }
        }

        dynamic "env" {
          for_each = merge(local.common_env, local.events_env, {
            DEAD_LETTER_TOPIC     = google_pubsub_topic.dead_letter.name
            EVENT_POLICIES        = var.event_policies
            LOAD_BUCKET           = google_storage_bucket.loads.name
            PROCESSED_DATASET     = google_bigquery_dataset.processed.dataset_id
            SCHEMA_REQUESTS_TOPIC = google_pubsub_topic.schema_requests.name
          })
          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }

  depends_on = [
    google_bigquery_dataset_iam_member.batch_loader,
    google_pubsub_topic_iam_member.batch_loader,
    google_storage_bucket_iam_member.batch_loader,
  ]
}

# it makes tables in which rows wait, moves them on, and keeps the ledger of loads
resource "google_bigquery_dataset_iam_member" "batch_loader" {
  for_each = { events = google_bigquery_dataset.events.dataset_id, processed = google_bigquery_dataset.processed.dataset_id }

  dataset_id = each.value
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:${local.batch_loader}"
}

resource "google_storage_bucket_iam_member" "batch_loader" {
  bucket = google_storage_bucket.loads.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${local.batch_loader}"
}

resource "google_pubsub_topic_iam_member" "batch_loader" {
  for_each = { dead_letter = google_pubsub_topic.dead_letter.id, schema_requests = google_pubsub_topic.schema_requests.id }

  topic  = each.value
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${local.batch_loader}"
}

# Off unless batch_schedule is said. What the workflow needs of the project, its bootstrap grants: to be started, and to wait for a run.
resource "google_workflows_workflow" "batch" {
  for_each = toset(local.has_batch)

  name                = each.key
  region              = var.region
  description         = "Loads what is in raw/, makes processed/ of it, and checks both"
  service_account     = local.batch_workflow
  source_contents     = file("${path.module}/workflows/batch.yaml")
  deletion_protection = false

  user_env_vars = {
    BUCKET = google_storage_bucket.loads.name
    JOB    = google_cloud_run_v2_job.batch_loader.id
    TASKS  = tostring(var.batch_tasks)
  }

  depends_on = [google_cloud_run_v2_job_iam_member.batch_workflow, google_storage_bucket_iam_member.batch_workflow]
}

resource "google_cloud_scheduler_job" "batch" {
  for_each = toset(local.has_batch)

  name             = each.key
  region           = var.region
  description      = "Starts the workflow that loads what is in raw/"
  schedule         = var.batch_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"

  retry_config {
    retry_count = 3
  }

  http_target {
    http_method = "POST"
    uri         = "https://workflowexecutions.googleapis.com/v1/${google_workflows_workflow.batch[each.key].id}/executions"

    oauth_token {
      service_account_email = local.batch_workflow
    }
  }
}

# a step names its own arguments and tasks
resource "google_cloud_run_v2_job_iam_member" "batch_workflow" {
  for_each = toset(local.has_batch)

  name     = google_cloud_run_v2_job.batch_loader.name
  location = var.region
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = "serviceAccount:${local.batch_workflow}"
}

# to see whether there is anything in raw/
resource "google_storage_bucket_iam_member" "batch_workflow" {
  for_each = toset(local.has_batch)

  bucket = google_storage_bucket.loads.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${local.batch_workflow}"
}

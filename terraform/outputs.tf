output "event_generator_url" {
  description = "URL of event-generator"
  value       = google_cloud_run_v2_service.service["event-generator"].uri
}

output "event_gateway_url" {
  description = "URL of event-gateway"
  value       = google_cloud_run_v2_service.service["event-gateway"].uri
}

output "console_url" {
  description = "URL of the console, for those who may open it"
  value       = google_cloud_run_v2_service.service["console"].uri
}

output "dataset" {
  description = "Dataset of the tables"
  value       = google_bigquery_dataset.events.dataset_id
}

output "archive_bucket" {
  description = "Bucket of the archived events"
  value       = google_storage_bucket.archive.name
}

output "loads_bucket" {
  description = "Bucket of the batch loader: files go to raw/"
  value       = google_storage_bucket.loads.name
}

output "eventarc_subscription" {
  description = "Subscription that Eventarc made for table-manager, which Terraform does not know"
  value       = google_eventarc_trigger.table_manager.transport[0].pubsub[0].subscription
}

output "images" {
  description = "Image of each service by digest, as it is deployed: what a rollback or the next apply begins with"
  value       = var.images

  # a deployment that failed is none: its images are not what runs
  depends_on = [google_cloud_run_v2_service.service, google_cloud_run_v2_worker_pool.stream_writer]
}

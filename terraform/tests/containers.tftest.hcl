# How Cloud Run starts each container: containers.json says it once more, for .ci/image-starts, which starts the images with it where there is no
# project.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
  images = {
    "event-generator" = "registry/event-generator@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    "event-gateway"   = "registry/event-gateway@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    "table-manager"   = "registry/table-manager@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    "stream-writer"   = "registry/stream-writer@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    "console"         = "registry/console@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "images_are_tried_as_they_are_started" {
  command = plan

  # by what runs: its service's image, command, arguments and variables, null for what a secret has
  assert {
    condition = jsonencode({
      for name, container in merge(
        { for service in values(google_cloud_run_v2_service.service) : service.name => { image = service.name, of = service.template[0].containers[0] } },
        {
          "stream-writer" = { image = "stream-writer", of = google_cloud_run_v2_worker_pool.stream_writer.template[0].containers[0] }
          "batch-loader"  = { image = "table-manager", of = google_cloud_run_v2_job.batch_loader.template[0].template[0].containers[0] }
          "archiver"      = { image = "table-manager", of = google_cloud_run_v2_job.archiver.template[0].template[0].containers[0] }
        },
        ) : name => {
        image   = container.image
        command = container.of.command
        args    = container.of.args
        env     = { for variable in container.of.env : variable.name => length(variable.value_source) > 0 ? null : variable.value }
      }
    }) == jsonencode(jsondecode(file("${path.module}/tests/containers.json")))
    error_message = "services.tf, worker-pool.tf, archiver.tf or batch-loader.tf starts an image otherwise than tests/containers.json says"
  }
}

# What all of Cloud Run needs of the CPUs that a region gives a project. Cloud Run counts together what is in use, and takes no service that
# may have more instances than there are CPUs (docs.cloud.google.com/run/docs/configuring/max-instances-limits).

locals {
  # by what runs: its most instances, each of them with one CPU or as many as it says
  cpus = merge(
    { for name, service in local.services : name => tonumber(service.cpu) * service.max_instances },
    { "stream-writer" = tonumber(local.services["stream-writer"].cpu) * max(var.stream_writer_instances, coalesce(var.stream_writer_max_instances, 0)) },
    # a canary is one more of each; what is one instance at the most has none
    { for name, service in local.services : "canary of ${name}" => tonumber(service.cpu) if !contains(["event-generator", "console"], name) },
    { "writer-scaler" = local.is_scaled ? 1 : 0, "archiver" = 1, "batch-loader" = var.batch_tasks },
  )
}

output "most_cpus" {
  description = "CPUs that all of Cloud Run has here at the most, a canary with them: the region's quota has to be as many"
  value       = sum(values(local.cpus))
}

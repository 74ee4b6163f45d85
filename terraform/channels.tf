# Who is told. What needs a secret (Slack, PagerDuty, webhooks) is made by scripts/channel.sh and named here as one that exists: a state
# keeps what it is told (docs/decisions/0019).

locals {
  # by type, what Monitoring calls it and where it is sent to
  channel_types = {
    email  = { type = "email", label = "email_address" }
    pubsub = { type = "pubsub", label = "topic" }
  }

  channels = {
    for name, channel in var.notification_channels : name => merge(local.channel_types[channel.type], { to = channel.to })
    if channel.type != "existing"
  }

  # all of them, as alerts name them
  told = concat(
    [for channel in google_monitoring_notification_channel.channel : channel.id],
    [for channel in var.notification_channels : channel.to if channel.type == "existing"],
  )

  # those that a budget takes. Of one that exists nothing tells whether it sends e-mail
  mailed = [for name, channel in google_monitoring_notification_channel.channel : channel.id if var.notification_channels[name].type == "email"]
}

resource "google_monitoring_notification_channel" "channel" {
  for_each = local.channels

  display_name = "tablestream ${var.environment}: ${each.key}"
  type         = each.value.type
  labels       = { (each.value.label) = each.value.to }
  user_labels  = local.labels
  # one that is taken away goes before the alerts are told of it, and Monitoring refuses that while they name it
  force_delete = true
}

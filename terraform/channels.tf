# Who is told. A type is a map from a channel to what Monitoring calls it and its labels.

locals {
  channel_types = {
    email     = { type = "email", label = "email_address", secret = "" }
    slack     = { type = "slack", label = "channel_name", secret = "auth_token" }
    pagerduty = { type = "pagerduty", label = "", secret = "service_key" }
    webhook   = { type = "webhook_tokenauth", label = "url", secret = "" }
    # another type of Monitoring's. It is named, and not told by its password: the planner knows none
    webhook-password = { type = "webhook_basicauth", label = "url", secret = "password" }
    pubsub           = { type = "pubsub", label = "topic", secret = "" }
  }

  # which channels have a secret is no secret
  channels_with_secret = nonsensitive(toset(keys(var.notification_secrets)))

  channels = {
    for name, channel in var.notification_channels : name => merge(local.channel_types[channel.type], { to = channel.to })
    if channel.type != "existing"
  }

  # all of them, as alerts and budget name them
  told = concat(
    [for channel in google_monitoring_notification_channel.channel : channel.id],
    [for channel in var.notification_channels : channel.to if channel.type == "existing"],
  )
}

resource "google_monitoring_notification_channel" "channel" {
  for_each = local.channels

  display_name = "tablestream ${var.environment}: ${each.key}"
  type         = each.value.type
  user_labels  = local.labels
  # one that is taken away goes before the alerts are told of it, and Monitoring refuses that while they name it
  force_delete = true
  labels = merge(
    each.value.label == "" ? {} : { (each.value.label) = each.value.to },
    each.value.type == "webhook_basicauth" ? { username = "tablestream" } : {},
  )

  dynamic "sensitive_labels" {
    for_each = each.value.secret != "" && contains(local.channels_with_secret, each.key) ? [each.value.secret] : []
    content {
      auth_token  = sensitive_labels.value == "auth_token" ? var.notification_secrets[each.key] : null
      service_key = sensitive_labels.value == "service_key" ? var.notification_secrets[each.key] : null
      password    = sensitive_labels.value == "password" ? var.notification_secrets[each.key] : null
    }
  }

  # The planner has no secrets, and Monitoring never tells them: without this each plan would take them away. A new secret needs a new
  # channel: give it another name (docs/operations.md, Who is told).
  lifecycle {
    ignore_changes = [sensitive_labels]
  }
}

check "channels_have_their_secrets" {
  assert {
    condition = alltrue([
      for name, channel in local.channels : channel.secret == "" || contains(local.channels_with_secret, name)
    ])
    error_message = "A channel of Slack, PagerDuty or a webhook with a password has no secret in notification_secrets: Monitoring refuses to make it (TF_VAR_notification_secrets). One that is made keeps its own."
  }
}

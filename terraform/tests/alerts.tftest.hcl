# Who is told of what, and what is promised.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}

variables {
  project_id  = "a-project"
  environment = "dev"
}

run "an_alert_for_each_way_to_lose" {
  variables {
    notification_channels = { on-call = { type = "email", to = "on-call@example.com" } }
    billing_account       = "012345-6789AB-CDEF01"
  }

  assert {
    condition = toset(keys(google_monitoring_alert_policy.threshold)) == toset([
      "dead_letters_arriving", "dead_letters_of_pubsub", "oldest_unacked_age", "exports_behind", "eventarc_behind", "append_errors",
    ])
    error_message = "the alerts are others"
  }

  assert {
    condition = alltrue([
      for policy in concat(
        values(google_monitoring_alert_policy.threshold), values(google_monitoring_alert_policy.burn),
        [google_monitoring_alert_policy.no_rows, google_monitoring_alert_policy.server_errors],
      ) : length(policy.notification_channels) == 1
    ])
    error_message = "an alert tells nobody"
  }

  # ALIGN_RATE is for what is counted, ALIGN_MAX for what is measured: Monitoring refuses the one for the other
  assert {
    condition = alltrue([
      for policy in values(google_monitoring_alert_policy.threshold) :
      policy.conditions[0].condition_threshold[0].aggregations[0].per_series_aligner ==
      (strcontains(policy.conditions[0].condition_threshold[0].filter, "oldest_unacked_message_age") ? "ALIGN_MAX" : "ALIGN_RATE")
    ])
    error_message = "an alert aligns its metric in a way that it has not"
  }

  assert {
    condition     = length(google_billing_budget.month) == 1 && length(google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels) == 1
    error_message = "there is no budget, or nobody is told of it"
  }
}

# every subscription that this environment has but the one for people: each has an alert on how old its oldest message is
run "somebody_looks_at_every_export" {
  variables {
    event_types = ["order", "user_event"]
  }

  assert {
    condition = alltrue([
      for subscription in values(google_pubsub_subscription.to_table) :
      can(regex("^(?:${regex("full_match\\(\"(.+)\"\\)", google_monitoring_alert_policy.threshold["exports_behind"].conditions[0].condition_threshold[0].filter)[0]})$", subscription.name))
    ])
    error_message = google_monitoring_alert_policy.threshold["exports_behind"].conditions[0].condition_threshold[0].filter
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.threshold["eventarc_behind"].conditions[0].condition_threshold[0].filter, "starts_with(\"eventarc-us-central1-table-manager-sub-\")")
    error_message = google_monitoring_alert_policy.threshold["eventarc_behind"].conditions[0].condition_threshold[0].filter
  }
}

run "three_promises_each_with_two_burn_rates" {
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.burn)) == toset(["freshness_fast", "freshness_slow", "completeness_fast", "completeness_slow", "availability_fast", "availability_slow"])
    error_message = join(" ", keys(google_monitoring_alert_policy.burn))
  }

  assert {
    condition = (
      google_monitoring_slo.freshness.request_based_sli[0].distribution_cut[0].range[0].max == 5 &&
      google_monitoring_slo.completeness.windows_based_sli[0].metric_mean_in_range[0].range[0].max == 600 &&
      google_monitoring_slo.completeness.goal == 0.9999 && google_monitoring_slo.freshness.goal == 0.99
    )
    error_message = "something else is promised"
  }

  assert {
    condition = alltrue([
      for policy in values(google_monitoring_alert_policy.burn) :
      policy.combiner == "AND" && length(policy.conditions) == 2 && alltrue([for c in policy.conditions : startswith(c.condition_threshold[0].filter, "select_slo_burn_rate(")])
    ])
    error_message = "a burn rate is not looked at in two windows"
  }
}

run "the_dashboard_shows_it" {
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.events.dashboard_json).mosaicLayout.tiles) == 12
    error_message = "the dashboard has other charts"
  }

  # Monitoring leaves zeros out of its answer: one that is said is a change in every plan
  assert {
    condition = alltrue([
      for tile in jsondecode(google_monitoring_dashboard.events.dashboard_json).mosaicLayout.tiles : !contains([lookup(tile, "xPos", null), lookup(tile, "yPos", null)], 0)
    ])
    error_message = "a tile says a position of 0"
  }
}

run "every_kind_of_channel_is_told" {
  variables {
    billing_account = "012345-6789AB-CDEF01"
    notification_channels = {
      mail  = { type = "email", to = "on-call@example.com" }
      topic = { type = "pubsub", to = "projects/a-project/topics/alerts" }
      pager = { type = "existing", to = "projects/a-project/notificationChannels/42" }
    }
  }

  assert {
    condition = { for name, c in google_monitoring_notification_channel.channel : name => c.labels } == {
      mail = tomap({ email_address = "on-call@example.com" }), topic = tomap({ topic = "projects/a-project/topics/alerts" })
    }
    error_message = "the channels are others"
  }

  assert {
    condition     = alltrue([for c in values(google_monitoring_notification_channel.channel) : c.force_delete])
    error_message = "a channel that alerts name cannot be taken away"
  }

  assert {
    condition     = contains(google_monitoring_alert_policy.no_rows.notification_channels, "projects/a-project/notificationChannels/42") && length(google_monitoring_alert_policy.no_rows.notification_channels) == 3
    error_message = "a channel is not told"
  }

  assert {
    condition     = google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels == tolist([google_monitoring_notification_channel.channel["mail"].id])
    error_message = "the budget has a channel that it refuses"
  }
}

run "a_budget_without_a_mail_tells_the_owners_of_its_account" {
  variables {
    notification_channels = { pager = { type = "existing", to = "projects/a-project/notificationChannels/42" } }
    billing_account       = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = length(google_billing_budget.month[0].all_updates_rule) == 0
    error_message = "the budget has a channel that it refuses"
  }
}

# a state keeps what it is told: what needs a secret is made elsewhere
run "a_channel_with_a_secret_is_refused" {
  command = plan

  variables {
    notification_channels = { chat = { type = "slack", to = "#events" } }
  }

  expect_failures = [var.notification_channels]
}

run "production_without_anybody_to_tell_is_refused" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.notification_channels]
}

run "a_channel_that_cannot_be_is_refused" {
  command = plan

  variables {
    notification_channels = { on-call = { type = "email", to = "nobody" }, horn = { type = "foghorn", to = "everybody" } }
  }

  expect_failures = [var.notification_channels]
}

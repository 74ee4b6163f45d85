# Told at 50, 90 and 100 % of the month.

resource "google_billing_budget" "month" {
  count = var.billing_account == "" ? 0 : 1

  billing_account = var.billing_account
  display_name    = "tablestream ${var.environment}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(floor(var.monthly_budget))
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  # A budget tells by e-mail alone, and refuses another channel ("Request contains an invalid argument"); five are the most that it takes.
  # The owners of the billing account are told in any case.
  dynamic "all_updates_rule" {
    for_each = length(local.mailed) > 0 ? [slice(local.mailed, 0, min(5, length(local.mailed)))] : []
    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }
}

# staging: as production, smaller, in a project of its own. Deployed by hand, in place.

# Who is told.
# notification_channels = { team = { type = "email", to = "team@example.com" } }

# On the billing account the deployer needs roles/billing.costsManager, and the planner roles/billing.viewer.
# billing_account = "012345-6789AB-CDEF01"

monthly_budget = 300

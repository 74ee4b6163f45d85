# dev: torn down and built again at each push to main. Everything that is not said here is as terraform/README.md tells.
# An empty line stands between settings: Terraform aligns those that stand together.

# Who is told. dev may have nobody; then its alerts are seen in the console alone.
# notification_channels = { team = { type = "email", to = "team@example.com" } }

# A budget is made where there is a billing account: on it the deployer needs roles/billing.costsManager, and the planner
# roles/billing.viewer.
# billing_account = "012345-6789AB-CDEF01"

monthly_budget = 200

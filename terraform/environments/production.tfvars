# production: in a project of its own, deployed by hand, in place, after a reviewer. Protected from deletion, as its name begins with prod.

# Somebody has to be told: without a channel the plan is refused. Types: docs/operations.md, Who is told. The line of on-call is what
# scripts/channel.sh put PROJECT on-call pagerduty prints.
# notification_channels = {
#   on-call = { type = "existing", to = "projects/P/notificationChannels/N" }
#   mail    = { type = "email", to = "on-call@example.com" }
# }

# On it the deployer needs roles/billing.costsManager, and the planner roles/billing.viewer.
# billing_account = "012345-6789AB-CDEF01"

monthly_budget = 2000

# Two writers: one is deployed first and watched, and one goes on while the other is replaced.
stream_writer_instances = 2

# More when more comes, and fewer at night: docs/scale.md says how many for what.
stream_writer_max_instances = 20

# Billed by instance, and not by request, from about 50 requests a second on.
always_on = ["event-generator", "event-gateway"]

# Nothing is simulated.
event_generator_instances = 0

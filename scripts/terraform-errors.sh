# What Terraform, gcloud and bq say when they fail: what will be right in some minutes, and what somebody has to do. To be sourced.
# shellcheck shell=bash

# Google's own words for what was just made, granted or switched on and is not everywhere yet.
readonly NOT_YET=(
  # Monitoring, of a metric that was just made: "If a metric was created recently, it could take up to 10 minutes to become available"
  'Cannot find metric\(s\) that match'
  'could take up to [0-9]+ minutes'
  # the same of an objective: "Invalid SLO definition: The metric referenced by the provided filter is unknown. Check the metric name and
  # labels."
  'metric referenced by the provided filter is unknown'
  # Monitoring, of a channel that was just made: "Error 404: Notification channel not found"
  '[Nn]otification channel.* not found'
  # IAM, of an account that was just made: "Error 400: Service account X does not exist."
  '[Ss]ervice account .* (does not exist|was not found|not found)'
  # IAM, of a role of our own that was just made: "Error 400: Role (projects/P/roles/R) does not exist in the resource's hierarchy."
  'Role .* does not exist'
  # whatever is said of IAP's agent, which an owner asks for (docs/operations.md, The console)
  'gcp-sa-iap'
  # IAM, of a pool of identities that was just made: "Error 400: Identity Pool does not exist (projects/…)"
  'Identity Pool does not exist'
  # the same of who signs in with a token of GitHub: "Error code invalid_target: The target service indicated by the "audience" parameters
  # is invalid"
  'invalid_target'
  # Workflows, of its agent: "Error code 9, message: Workflows service agent does not exist" (FAILED_PRECONDITION)
  '[Ss]ervice agent does not exist'
  # the provider, of what it made and does not find a moment later: "produced an unexpected new value: Root resource was present, but now
  # absent."
  'Root resource was present, but now absent'
  # Pub/Sub, of a grant on a table: "The service account … is missing permissions required to write to the BigQuery table"
  'missing permissions required to write'
  # Pub/Sub, of a grant on a bucket: "Cloud Pub/Sub did not have the necessary permissions configured to access the provided bucket"
  'did not have the necessary permissions'
  # Cloud Run, of a grant on a secret: "Permission denied on secret: … for Revision service account …"
  'Permission denied on secret'
  # Eventarc, of its agent: "Permission denied while using the Eventarc Service Agent. If you recently started to use Eventarc, it may take
  # a few minutes"
  'Eventarc Service Agent'
  'may take a few minutes'
  'wait a few minutes'
  # Cloud Run, of its agent: "If you just enabled the Cloud Run API, the permissions might take a few minutes to propagate"
  'might take a few minutes'
  # a grant that is under way; what waits for a long operation has the number of gRPC
  'Error 403'
  'Error code 7,'
  'PERMISSION_DENIED'
  'does not have .* (access|permission)'
  # two changes of one policy at the same time: "There were concurrent policy changes. Please retry the whole read-modify-write"
  'concurrent policy changes'
  # the same of Cloud Run, where the scaler changed the pool meanwhile: "Error 409: Conflict for resource 'stream-writer': version '…' was
  # specified but current version is '…'" (ABORTED). Cloud Storage's reason "conflict" stands at the end, and is a name that is taken
  'Error 409: (Conflict|.*([Aa]borted|ABORTED))'
  'Error code 10,'
  # the same of Monitoring: "Error 409: Too many concurrent edits to the project configuration. Please try again."
  'Too many concurrent edits'
  # a bad minute of Google's; of a long operation these are INTERNAL and UNAVAILABLE
  'Error (429|500|502|503|504)'
  'Error code (13|14),'
  '\(gcloud\.[a-z.-]+\) (ABORTED|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE)'
  'crashed \((ConnectionError|ConnectTimeout|ReadTimeout|SSLError|TransportError)'
  # the same in bq's words, and in BigQuery's
  'Got (429|500|502|503|504) response from discovery'
  'Cannot contact server|Could not connect with BigQuery server|Network connection problem encountered'
  'Backend Error|[Rr]etrying may solve|An internal error occurred|Visibility check was unavailable'
  # a bad minute of the network, and of the registry of Terraform's providers
  'connection reset|connection timed out|client connection lost|server sent GOAWAY|unexpected EOF'
  'i/o timeout|Client\.Timeout exceeded'
  '[Tt]emporary failure in name resolution|server misbehaving'
  '[Dd]eadline exceeded|DEADLINE_EXCEEDED'
  'TLS handshake timeout'
  'could not connect to registry'
)

# What is counted by the minute is there again in a minute, and no quota that is used up: "Quota exceeded for quota metric 'Read requests'
# and limit 'Read requests per minute per region' of service 'run.googleapis.com'". So is what instances use that are about to end: "Quota
# exceeded for total allowable CPU per project per region." Looked at before everything else.
readonly A_MINUTE_FULL='[Qq]uota exceeded.* per (second|minute|100 seconds)|Exceeded rate limits|rateLimitExceeded|RATE_LIMIT_EXCEEDED|exceeded for total allowable'

# Pub/Sub says that an organisation's policy does not allow a topic, of any policy, and so also while it does not know yet that there is
# none: "If the topic's project was recently created, you may need to wait a few minutes for the project's organization policy". Looked at
# first, too.
readonly A_PROJECT_IS_NEW='was recently created, you may need to wait'

# The exit status where another run holds the state: nobody else may touch what it works on.
readonly LOCKED=75

# What does not get right by itself, by what Google or Terraform says of it. Looked at first: much of it is an "Error 403" too.
readonly ADVICE=(
  # not "Error reading billing account for project …: Error 403", of a grant that is under way
  'BILLING_DISABLED|BILLING_NOT_(FOUND|OPEN)|accountDisabled|[Bb]illing (must|to) be enabled|[Bb]illing account for project .* is not (found|open)'
  'link an open billing account to the project, or wait some minutes where that was just done: gcloud billing projects link PROJECT --billing-account=…'
  'constraints/|violates constraint|[Oo]rganization [Pp]olicy|orgpolicy|org policy'
  'a policy of the organisation forbids it: docs/operations.md, Organisation policies'
  'vpcServiceControls|VPC Service Controls'
  'a perimeter of VPC Service Controls forbids it: docs/decisions/0012'
  # of more instances than the region's CPUs suffice for: "Quota violated: CpuAllocPerProjectRegion requested: 60000 allowed: 20000"
  'Quota violated|(Cpu|Mem)AllocPerProjectRegion|to set the requested total (CPU|memory)'
  'Cloud Run has fewer CPUs here, or less memory, than are asked for: docs/operations.md, CPUs of Cloud Run'
  '[Qq]uota.*exceeded|QUOTA_EXCEEDED|quotaExceeded'
  'a quota is used up: ask for more on the console page "Quotas", or wait until the next day'
  'Error 409.*([Aa]lready [Ee]xists|you already own it|name is not available)|alreadyExists|ALREADY_EXISTS'
  'something of that name is there that the state does not know. If the try before made it, and its answer was lost, terraform import takes it in (docs/operations.md, When something does not work); scripts/cleanup-environment.sh --dry-run shows what a tear-down would take away'
  'default credentials|active account|[Rr]eauthentication|invalid_grant|invalid_rapt'
  'nobody is signed in: gcloud auth login && gcloud auth application-default login'
  'rejected by the attribute condition'
  'only runs of main, in this repository and in the environment of GitHub that bootstrap.sh was told, may sign in: scripts/bootstrap.sh once more'
  '[Ee]rror acquiring the state lock'
  'another run holds the state. When none does any more (docs/operations.md, When something does not work): terraform -chdir=terraform force-unlock ID'
  'Provider dependency changes detected'
  'a provider is asked for that the committed .terraform.lock.hcl does not have, by the configuration or by a state that somebody changed'
  'secrets/event-gateway-api-keys/versions/.* not found'
  'the gateway has no keys: scripts/api-key.sh add PROJECT NAME'
  'failed to start|failed the configured startup probe'
  'a service does not start: scripts/logs.sh --severity ERROR PROJECT ENVIRONMENT says why'
  'Image .* not found'
  'the image is not in the registry: scripts/deploy-service.sh --push-only SERVICE PROJECT ENVIRONMENT'
  'notification_channels'
  'somebody has to be told: terraform/environments/ENVIRONMENT.tfvars, notification_channels'
)

# What somebody has to do where waiting did not help, by what is said of it.
readonly AFTER_ALL=(
  'Budget'
  'the billing account of the budget has to let this caller in: docs/operations.md, First deployment'
  'was recently created, you may need to wait'
  'a policy of the organisation forbids it: docs/operations.md, Organisation policies'
  'exceeded for total allowable'
  'all CPUs that Cloud Run has here are in use: docs/operations.md, CPUs of Cloud Run'
  'reading billing account for project'
  "who asks may not see this project's billing: scripts/bootstrap.sh once more (docs/operations.md, A project from before)"
  'invalid_target'
  'GitHub is not known to this project, or its variables in GitHub are of another: scripts/bootstrap.sh once more'
  'has not been used in project .* or it is disabled'
  'an API is off: scripts/bootstrap.sh once more (docs/operations.md, A project from before)'
  'gcp-sa-iap'
  'IAP has no account in this project yet: docs/operations.md, The console'
  'Role .* does not exist'
  'a role of bootstrap is not there: scripts/bootstrap.sh once more (docs/operations.md, A project from before)'
)

# persist COMMAND…: runs it, again and again while all that fails is not there yet, for PERSIST_SECONDS (900), and twice at least: the first
# time may take as long as that by itself. What it prints is shown.
persist() {
  local said is_again='' deadline=$((SECONDS + ${PERSIST_SECONDS:-900}))
  said="$(mktemp)"
  until "$@" 2>&1 | tee "$said" >&2; do
    wait_unless_it_stays "$said" "$deadline" "$is_again"
    is_again=1
  done
  rm -f "$said"
}

# answer_of COMMAND…: as persist, of a question: prints its answer alone. For 600 s: a grant takes up to seven minutes.
answer_of() (
  # a shell of its own: whoever asks adds what the answer was for
  local said answer is_again='' deadline=$((SECONDS + ${PERSIST_SECONDS:-600}))
  said="$(mktemp)"
  until answer="$("$@" 2>"$said")"; do
    cat "$said" >&2
    wait_unless_it_stays "$said" "$deadline" "$is_again"
    is_again=1
  done
  rm -f "$said"
  printf '%s' "$answer"
)

# wait_unless_it_stays FILE DEADLINE IS_AGAIN
wait_unless_it_stays() {
  stop_at_what_stays "$1"
  [[ -z $3 ]] || ((SECONDS < $2)) || give_up "$1"
  say "not everything is everywhere yet: again in ${RETRY_SECONDS:-60} s"
  sleep "${RETRY_SECONDS:-60}"
}

# give_up FILE: says what may be missing for good, and ends the script.
give_up() {
  local error errors index
  mapfile -t errors < <(errors_of "$1")
  for ((index = 0; index < ${#AFTER_ALL[@]}; index += 2)); do
    for error in "${errors[@]}"; do
      [[ $error =~ ${AFTER_ALL[index]} ]] || continue
      say "${AFTER_ALL[index + 1]}"
      break
    done
  done
  fail 'what was made or granted is not everywhere yet; run this again in some minutes'
}

# Ends the script when one of the errors will not get right by itself.
stop_at_what_stays() {
  local error errors not_yet index
  # bash itself looks: a process for each pattern takes longer than all else
  local in_a_minute="$A_MINUTE_FULL|$A_PROJECT_IS_NEW"
  printf -v not_yet '|%s' "${NOT_YET[@]}"
  not_yet="${not_yet:1}"
  errors="$(errors_of "$1")"
  [[ -n $errors ]] || fail 'it failed; what it said stands above'
  while read -r error; do
    [[ ! $error =~ $in_a_minute ]] || continue
    for ((index = 0; index < ${#ADVICE[@]}; index += 2)); do
      [[ $error =~ ${ADVICE[index]} ]] || continue
      say "${ADVICE[index + 1]}"
      [[ ${ADVICE[index]} != *'acquiring the state lock'* ]] || exit "$LOCKED"
      exit 1
    done
    [[ $error =~ $not_yet ]] || fail "trying again would not help: $error (docs/operations.md, When something does not work)"
  done <<<"$errors"
}

# The errors in what Terraform, gcloud or bq said, one a line. bq says one, with lines of its own that begin with Error.
errors_of() {
  sed -E 's/\x1b\[[0-9;]*m//g; s/^[│╷╵ ]+//' "$1" |
    awk 'BEGIN { of_bq = "^(BigQuery error in|Unexpected exception in) " }
         ($0 ~ of_bq || /^(Error|ERROR): /) && error !~ of_bq { if (error != "") print error; error = $0; next }
         error != "" && NF > 0 { error = error " " $0 }
         END { if (error != "") print error }'
}

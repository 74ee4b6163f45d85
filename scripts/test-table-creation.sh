#!/usr/bin/env bash
# Proves the pipeline end to end: publishes an order, an inventory and a user_activity event, waits for their tables and rows,
# then adds a field to an order (in production: to the event of a check) and waits for its column. Fails with what it saw. Safe to run twice: its
# events have ids of their own.
#
# usage: test-table-creation.sh [-h] [--local] PROJECT ENVIRONMENT
#   --local  against the pipeline of `npm start` (PROJECT tablestream-local, ENVIRONMENT dev)
# Needs gcloud and bq. DEADLINE_SECONDS (600) is how long it waits for each thing: a trigger that was just made delivers after minutes, and
# the write path sees a new column after minutes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly TOPIC=backend-events-topic

main() {
  local is_local=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --local) is_local=1 && shift ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# == 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  need gcloud bq jq
  if [[ -n $is_local ]]; then
    export PROJECT_ID="$project" ENVIRONMENT="$environment"
    # shellcheck source-path=SCRIPTDIR source=local-env.sh
    source "$root/scripts/local-env.sh"
  fi

  run="smoke$(date -u +%Y%m%d%H%M%S)x$RANDOM"
  deadline="${DEADLINE_SECONDS:-600}"
  local now
  now="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  order="$(jq -cn --arg run "$run" --arg now "$now" '{event_type: "order", event_id: ($run + "-order"), order_id: $run,
    customer_id: "smoke", order_date: $now, status: "pending", total_amount: 12.5,
    items: [{product_id: "smoke", product_name: "smoke test", quantity: 1, price: 12.5}]}')"

  # gcloud takes a second each time
  publish "$order" &
  publish "$(jq -cn --arg run "$run" --arg now "$now" '{event_type: "inventory", event_id: ($run + "-inventory"),
    inventory_id: $run, product_id: "smoke", warehouse_id: "smoke", quantity_change: 1, reason: "restock", timestamp: $now}')" &
  publish "$(jq -cn --arg run "$run" --arg now "$now" '{event_type: "user_activity", event_id: ($run + "-user_activity"),
    user_id: "smoke", activity_type: "login", timestamp: $now}')" &
  local each
  for each in $(jobs -p); do wait "$each"; done
  say "three events are published: $run"
  landed orders order
  landed inventory inventory
  landed user_activity user_activity

  # a column stays, and each run brings one: in production to the table of the checks, and not to one that people work with
  local table=orders evolved="$order"
  if [[ $environment == prod* ]]; then
    table=deployment_check
    evolved="$(jq -cn --arg environment "$environment" --arg now "$now" \
      '{event_type: "deployment_check", environment: $environment, verified_at: $now}')"
  fi
  publish "$(jq -c --arg run "$run" '.event_id = $run + "-evolved" | .[$run] = "a new field"' <<<"$evolved")"
  landed "$table" evolved "AND $run = 'a new field'"
  say "$table has the column $run, and the event that brought it"
}

publish() { answer_of gcloud pubsub topics publish "$TOPIC" --project="$project" --message="$1" --format=none >/dev/null; }

# landed TABLE SUFFIX [CONDITION]: waits for the event's row.
landed() {
  local sql="SELECT COUNT(DISTINCT event_id) AS found FROM \`$project.$dataset.$1\` WHERE event_id = '$run-$2' ${3:-}"
  wait_until=$((SECONDS + deadline))
  until saw="$(found "$sql")"; do
    ((SECONDS < wait_until)) || not_landed "$1" "$2"
    sleep "${POLL_SECONDS:-1}"
  done
  say "$1: the row of $run-$2 is there"
}

# what bq says beside its answer is no part of it
found() {
  local answer errors status=1
  errors="$(mktemp)"
  if answer="$(ask "$1" 2>"$errors")" && [[ $(jq -r '.[0].found' <<<"$answer" 2>>"$errors") == 1 ]]; then
    status=0
  else
    cat "$errors"
    printf '%s' "$answer"
  fi
  rm -f "$errors"
  return "$status"
}

ask() { bq query --project_id="$project" --use_legacy_sql=false --format=json --quiet "$1"; }

not_landed() {
  say "$1 has no row of $run-$2 after $deadline s. What was seen:"
  {
    printf 'the last answer: %s\n' "$saw"
    printf 'tables of %s:\n' "$dataset"
    bq ls --project_id="$project" --max_results=1000 "$dataset" || true
    printf 'dead letters of this run:\n'
    ask "SELECT reason, path, value FROM \`$project.$dataset.dead_letter_reasons\` WHERE SAFE_CONVERT_BYTES_TO_STRING(data) LIKE '%$run%'" || true
  } >&2
  exit 1
}

main "$@"

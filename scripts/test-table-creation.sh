#!/usr/bin/env bash
# Proves the pipeline end to end. In dev, which is torn down and built again, it publishes an order, an inventory and a user_activity event,
# waits for their tables and rows, then adds a field to an order and waits for its column. Everywhere else people work with these tables:
# there it does the same with an event of type deployment_check alone, and in dev in the place of types of which the environment has a
# contract of its own. Fails with what it saw. Safe to run twice: its events have ids of their own.
#
# usage: test-table-creation.sh [-h] [--local] [--rebuilt] PROJECT ENVIRONMENT
#   --local    against the pipeline of `npm start` (PROJECT tablestream-local, ENVIRONMENT dev)
#   --rebuilt  the environment was torn down a moment ago: an event whose row does not come is published once more, and that is said
# Needs gcloud and bq. DEADLINE_SECONDS (600) is how long it waits for each thing: a trigger that was just made delivers after minutes, and
# the write path sees a new column after minutes, and a table that was made again under its name. TYPE_FIELD is the field that names the
# type of an event, if it is another one than the environment's file under terraform/environments says.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly TOPIC=backend-events-topic

main() {
  local is_local=''
  is_rebuilt=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --local) is_local=1 && shift ;;
      --rebuilt) is_rebuilt=1 && shift ;;
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
  now="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  type_field="${TYPE_FIELD:-$(type_field_of "$root/terraform/environments/$environment.tfvars")}"
  local -A tables=([check]=deployment_check [order]=orders [inventory]=inventory [user_activity]=user_activity)
  local -a types=(check)
  [[ $environment != dev ]] || mapfile -t types < <(types_of_the_shop)
  local evolved="${types[0]}" type
  # gcloud takes a second each time
  for type in "${types[@]}"; do publish "$(event "$type" "$type")" & done
  for type in $(jobs -p); do wait "$type"; done
  say "published: $run, of type ${types[*]}"
  for type in "${types[@]}"; do landed "${tables[$type]}" "$type" "$type"; done

  # a column stays, and each run brings one
  publish "$(event "$evolved" evolved)"
  landed "${tables[$evolved]}" "$evolved" evolved "AND $run = 'a new field'"
  say "${tables[$evolved]} has the column $run, and the event that brought it"
}

# type_field_of FILE: the field that names the type of an event in an environment with these settings.
type_field_of() {
  local said=''
  [[ ! -f $1 ]] || said="$(sed -n 's/^type_field *= *"\([A-Za-z0-9_]*\)".*/\1/p' "$1")"
  printf '%s' "${said:-event_type}"
}

# The shop's event types whose contracts are the catalogue's, one a line: what the environment's own ask for, nobody knows here.
types_of_the_shop() {
  local folder own='' settings="$root/terraform/environments/$environment.tfvars"
  if [[ -n $is_local ]]; then
    folder="${CONTRACTS:-}"
  else
    folder="$(sed -nE 's/^contracts *= *"([^"]*)".*/\1/p' "$settings" 2>/dev/null)" || folder=''
  fi
  [[ -z $folder || $folder == /* ]] || folder="$root/$folder"
  # as services/contract/src/contracts/read-contract.ts has it
  [[ ! -d $folder ]] || own="$(jq -r '."x-tablestream".event_type // (input_filename | sub(".*/"; "") | sub("(\\.schema)?\\.json$"; ""))' "$folder"/*.json)"
  printf '%s\n' order inventory user_activity | grep -vxF "${own:-}" || printf 'check\n'
}

# event TYPE SUFFIX: one of this run; of the suffix "evolved…" with a field that no event had before.
event() {
  jq -cn --arg type "$1" --arg suffix "$2" --arg run "$run" --arg now "$now" --arg environment "$environment" --arg field "$type_field" '{
    order: {($field): "order", order_id: $run, customer_id: "smoke", order_date: $now, status: "pending", total_amount: 12.5,
      items: [{product_id: "smoke", product_name: "smoke test", quantity: 1, price: 12.5}]},
    inventory: {($field): "inventory", inventory_id: $run, product_id: "smoke", warehouse_id: "smoke", quantity_change: 1,
      reason: "restock", timestamp: $now},
    user_activity: {($field): "user_activity", user_id: "smoke", activity_type: "login", timestamp: $now},
    check: {($field): "deployment_check", environment: $environment, verified_at: $now}
  }[$type] + {event_id: ($run + "-" + $suffix)} + if $suffix | startswith("evolved") then {($run): "a new field"} else {} end'
}

publish() { answer_of gcloud pubsub topics publish "$TOPIC" --project="$project" --message="$1" --format=none >/dev/null; }

# landed TABLE TYPE SUFFIX [CONDITION]: waits for the event's row.
landed() {
  local table="$1" type="$2" suffix="$3" condition="${4:-}"
  if ! has_row "$table" "$suffix" "$condition"; then
    [[ -n $is_rebuilt ]] || not_landed "$table" "$suffix"
    # BigQuery can write rows of the first minutes to the table of that name that was deleted (docs/operations.md, When something does not
    # work)
    say "$table has no row of $run-$suffix after $deadline s. The table was made again under its name: the event is published once more"
    publish "$(event "$type" "$suffix-again")"
    has_row "$table" "$suffix-again" "$condition" || not_landed "$table" "$suffix-again"
    say "WARNING: $run-$suffix was taken and its row was not seen, the same event landed $deadline s later: scripts/reconcile.sh tells what is missing"
    suffix+=-again
  fi
  say "$table: the row of $run-$suffix is there"
}

# has_row TABLE SUFFIX CONDITION: within the deadline; what was seen is in `saw`.
has_row() {
  local sql="SELECT COUNT(DISTINCT event_id) AS found FROM \`$project.$dataset.$1\` WHERE event_id = '$run-$2' $3"
  local wait_until=$((SECONDS + deadline))
  until saw="$(found "$sql")"; do
    ((SECONDS < wait_until)) || return
    sleep "${POLL_SECONDS:-1}"
  done
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

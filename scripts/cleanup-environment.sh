#!/usr/bin/env bash
# Tears an environment down, sweeps what Terraform does not know (tables, Eventarc's subscriptions, what a failed run left),
# waits, and proves that nothing is left. What Terraform cannot destroy does not keep the rest: that is swept, Terraform tries once more,
# and what is left is said. What bootstrap made (state, images, accounts, keys) stays. Safe to run again at any time.
#
# usage: cleanup-environment.sh [-h] [--dry-run] [--confirm TEXT] PROJECT ENVIRONMENT
#   --dry-run  only looks, and says what it would do
#   --confirm  an environment whose name begins with prod is refused unless TEXT is "tear down ENVIRONMENT"
# REGION is us-central1 unless it is set.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly GONE_SECONDS="${GONE_SECONDS:-300}"

main() {
  dry_run=''
  local confirmation=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --dry-run) dry_run=1 && shift ;;
      --confirm)
        (($# >= 2)) || wrong '--confirm needs a text'
        confirmation="$2"
        shift 2
        ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# == 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  [[ $environment != prod* || $confirmation == "tear down $environment" ]] ||
    fail "$environment is protected: --confirm \"tear down $environment\" is needed (docs/operations.md, Tear-down)"
  need terraform gcloud bq jq
  refuse_another_environment
  # what cannot be looked at, an API that is off for one, is told before anything is gone
  [[ -n $dry_run ]] || attempt leftovers >/dev/null || exit

  local destroyed=1
  attempt destroy || {
    say 'Terraform could not destroy everything: the rest is swept, and then it tries once more'
    attempt sweep || exit
    attempt destroy || destroyed=''
  }
  attempt sweep || exit
  [[ -z $dry_run ]] || exit 0
  until_true "$GONE_SECONDS" 'these are left' nothing_is_left
  [[ -n $destroyed ]] || fail 'nothing is left that can be seen, and Terraform failed all the same: what it said stands above'
  say "nothing is left of $environment in $project"
}

# attempt STEP: in a shell of its own, which alone ends where the step fails. What another run does at this moment is not swept from under
# it.
attempt() {
  local status=0
  ("$@") || status=$?
  ((status != LOCKED)) || exit "$status"
  return "$status"
}

# Says a command that changes something, and runs it unless this is a dry run.
change() {
  printf '+ %s\n' "$*"
  [[ -n $dry_run ]] || persist "$@"
}

destroy() {
  # the protection stands in the state: it has to be taken away before anything can be destroyed
  if [[ $environment == prod* ]]; then
    change env TF_VAR_deletion_protection=false "$root/scripts/apply.sh" "$project" "$environment"
  fi
  init_environment
  local variables
  mapfile -t variables < <(environment_variables '')
  empty_archive "${variables[@]}" || return
  change environment_terraform destroy -auto-approve -input=false -lock-timeout=5m "${variables[@]}"
}

# Terraform takes files away one after the other, with as many hands as the machine has cores, but one: those of ten days take it an hour.
# Before the buckets goes what writes into them, which also tells whether somebody else holds the state.
empty_archive() {
  local found bucket
  found="$(buckets)" || return
  if [[ -n $found ]]; then
    change environment_terraform destroy -auto-approve -input=false -lock-timeout=5m \
      -target=google_cloud_run_v2_job.archiver -target=google_cloud_run_v2_job.batch_loader "$@" || return
    while read -r bucket; do remove bucket "${bucket#bucket }" || return; done <<<"$found"
  fi
  forget_buckets
}

# What is gone with the buckets is nothing that Terraform has to ask for: a grant on a bucket that is not there can be an error. Also what
# an earlier run took away, and did not come to this.
forget_buckets() {
  local state addresses
  state="$(pulled_state)" || return
  addresses="$(jq -r --arg ours "^(b/)?$project-$environment-(events-archive|loads)$" '.resources[]?
    | select(.mode == "managed" and (.type | test("^google_storage_bucket(_iam_member)?$"))) as {$type, $name} | .instances[]
    | select(.attributes | (.bucket // .name) | test($ours))
    | "\($type).\($name)\(if has("index_key") then "[\(.index_key | tojson)]" else "" end)"' <<<"$state")" || return
  [[ -n $addresses ]] || return 0
  mapfile -t addresses <<<"$addresses"
  change environment_terraform state rm -lock-timeout=5m "${addresses[@]}"
}

buckets() { only bucket "^$project-$environment-(events-archive|loads)$" gcloud storage buckets list "--project=$project" --format='value(name)'; }

# What can be left, one a line: KIND NAME. In the order in which it can be deleted: who uses something comes before it.
leftovers() {
  local services='event-generator|event-gateway|table-manager|console|writer-scaler'
  local ours="--project=$project"
  # of channels Monitoring itself does the filtering, and takes no bare words
  local labels="userLabels.app=\"tablestream\" AND userLabels.environment=\"$environment\""
  only trigger '^table-manager$' gcloud eventarc triggers list "$ours" --location="$region" --format='value(name.basename())'
  only schedule '^(archiver|batch|writer-scaler)$' gcloud scheduler jobs list "$ours" --location="$region" --format='value(name.basename())'
  only workflow '^batch$' gcloud workflows list "$ours" --location="$region" --format='value(name.basename())'
  only run-job '^(archiver|batch-loader)$' gcloud run jobs list "$ours" --region="$region" --format='value(metadata.name)'
  only job '^[0-9]{4}-' gcloud dataflow jobs list "$ours" --region="$region" --status=active --filter=name=backend-events-topic-to-bigquery --format='value(id)'
  only service "^($services)$" gcloud run services list "$ours" --region="$region" --format='value(metadata.name)'
  only worker-pool '^stream-writer$' gcloud beta run worker-pools list "$ours" --region="$region" --format='value(firstof(metadata.name,name).basename())'
  only subscription "^(backend-events-.+|eventarc-$region-table-manager-sub-[0-9]+)$" gcloud pubsub subscriptions list "$ours" --format='value(name.basename())'
  only topic '^(backend-events-topic|backend-events-dead-letter|schema-changes|schema-requests)$' gcloud pubsub topics list "$ours" --format='value(name.basename())'
  only dataset "^($dataset|${environment}_(archive|processed)_dataset)$" datasets
  buckets
  only parameter '^writer-scaler$' gcloud parametermanager parameters list "$ours" --location=global --format='value(name.basename())'
  only policy . gcloud alpha monitoring policies list "$ours" --filter="$labels" --format='value(name)'
  only channel . gcloud beta monitoring channels list "$ours" --filter="$labels" --format='value(name)'
  only dashboard . gcloud monitoring dashboards list "$ours" --filter="displayName='tablestream $environment'" --format='value(name)'
}

# only KIND PATTERN COMMAND…: what the command lists that fits, with its kind. A list that cannot be had is no empty list.
only() {
  local kind="$1" pattern="$2" names name
  shift 2
  names="$(answer_of "$@")" || fail "what is there of kind $kind cannot be told"
  while IFS= read -r name; do [[ ! $name =~ $pattern ]] || printf '%s %s\n' "$kind" "$name"; done <<<"$names"
}

datasets() {
  local listed
  listed="$(bq ls --project_id="$project" --datasets --max_results=10000 --format=json)" || {
    # bq says what is wrong where its answer would be
    printf '%s\n' "$listed" >&2
    return 1
  }
  jq -r '.[]?.datasetReference.datasetId' <<<"${listed:-[]}"
}

sweep() {
  local found kind name
  found="$(leftovers)" || return
  while read -r kind name; do
    # what cannot be deleted does not keep what comes after it
    [[ -z $kind ]] || attempt remove "$kind" "$name" || true
  done <<<"$found"
}

remove() {
  local kind="$1" name="$2"
  local ours="--project=$project"
  case "$kind" in
    trigger) change gcloud eventarc triggers delete "$name" "$ours" --location="$region" --quiet ;;
    schedule) change gcloud scheduler jobs delete "$name" "$ours" --location="$region" --quiet ;;
    workflow) change gcloud workflows delete "$name" "$ours" --location="$region" --quiet ;;
    run-job) change gcloud run jobs delete "$name" "$ours" --region="$region" --quiet ;;
    job) change gcloud dataflow jobs cancel "$name" "$ours" --region="$region" --quiet ;;
    service) change gcloud run services delete "$name" "$ours" --region="$region" --quiet ;;
    worker-pool) change gcloud beta run worker-pools delete "$name" "$ours" --region="$region" --quiet ;;
    subscription) change gcloud pubsub subscriptions delete "$name" "$ours" --quiet ;;
    topic) change gcloud pubsub topics delete "$name" "$ours" --quiet ;;
    dataset) change bq rm -r -f -d "$project:$name" ;;
    bucket) change gcloud storage rm --recursive "gs://$name" "$ours" --quiet ;;
    parameter) remove_parameter "$name" ;;
    policy) change gcloud alpha monitoring policies delete "$name" "$ours" --quiet ;;
    channel) change gcloud beta monitoring channels delete "$name" "$ours" --quiet --force ;;
    dashboard) change gcloud monitoring dashboards delete "$name" "$ours" --quiet ;;
    *) fail "nobody knows how to delete $kind $name" ;;
  esac
}

# A parameter goes after its versions.
remove_parameter() {
  local version versions ours=("--project=$project" --location=global)
  versions="$(gcloud parametermanager parameters versions list "${ours[@]}" --parameter="$1" --format='value(name.basename())')" || return
  for version in $versions; do
    change gcloud parametermanager parameters versions delete "$version" "${ours[@]}" --parameter="$1" --quiet || return
  done
  change gcloud parametermanager parameters delete "$1" "${ours[@]}" --quiet
}

nothing_is_left() {
  local found known
  # what could not be looked at is not gone
  found="$(leftovers)" || return
  known="$(in_state)" || return
  [[ -z $found$known ]] || {
    printf '%s\n' "${found:+$found$'\n'}$known"
    return 1
  }
}

# What Terraform still knows, budget and objectives among it, as "state ADDRESS".
in_state() {
  local state
  state="$(pulled_state)" || return
  jq -r '.resources[]? | select(.mode == "managed" and (.instances | length > 0)) | "state \(.type).\(.name)"' <<<"$state"
}

# Nothing at all where nothing was ever applied.
pulled_state() { answer_of environment_terraform state pull || fail 'the state cannot be read'; }

main "$@"

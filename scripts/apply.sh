#!/usr/bin/env bash
# Applies the environment's Terraform: what runs there stays as it is, but for the images that are named.
#
# usage: apply.sh [-h] [--plan | --canary] PROJECT ENVIRONMENT [SERVICE=IMAGE@sha256:DIGEST…]
#   --plan    shows what would change, and changes nothing; exit status 2 when something would
#   --canary  new images get a tenth of the requests, or one instance, beside what runs; prints by service what keeps the rest, as JSON
# REGION is us-central1 unless it is set. Settings of an environment stand in terraform/environments/ENVIRONMENT.tfvars, and win.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  local only_plan='' is_canary=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --plan) only_plan=1 && shift ;;
      --canary) is_canary=1 && shift ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# >= 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  shift 2
  need terraform gcloud jq node
  refuse_another_environment
  init_environment

  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  local outputs images canary types keys running
  outputs="$(outputs_now)"
  images="$(images_with "$(jq '.images.value // {}' <<<"$outputs")" "$@")"
  canary='{}'
  [[ -z $is_canary ]] || canary="$(what_keeps_the_rest "$outputs" "$images")"
  # the project's own Node, which runs TypeScript
  types="$(PATH="$root/node_modules/.bin:$PATH" node "$root/scripts/event-types.ts")" || fail 'the event types cannot be told: npm ci'
  keys="$(version_of_keys)"
  running="$(running_writers)"
  jq -n --argjson images "$images" --argjson types "$types" --arg keys "$keys" --argjson canary "$canary" --argjson running "$running" \
    '{images: $images, event_types: $types, api_keys_version: $keys, canary: $canary, stream_writer_running: $running}' >"$work/now.tfvars.json"

  if [[ -n $only_plan ]]; then
    # exit status 2: there are changes
    plan -detailed-exitcode -lock=false
  else
    persist plan_and_apply
    [[ -z $is_canary ]] || printf '%s\n' "$canary"
  fi
}

# What was said last wins: the environment's own settings.
plan() {
  local variables
  mapfile -t variables < <(environment_variables "$work/now.tfvars.json")
  environment_terraform plan -no-color -input=false "${variables[@]}" -out="$work/plan" "$@"
}

plan_and_apply() {
  plan -lock-timeout=5m && put_scaler_configuration && environment_terraform apply -no-color -input=false -lock-timeout=5m "$work/plan"
}

# The scaler of stream-writer reads its configuration from Parameter Manager alone. The plan has its text and its name: another text is
# another version, which is there before the revision that reads it. Old ones stay: a way back needs them.
put_scaler_configuration() {
  local planned name version there
  planned="$(environment_terraform show -json "$work/plan")" || return
  planned="$(jq '.planned_values.outputs.scaler_configuration.value // empty' <<<"$planned")"
  [[ -n $planned ]] || return 0
  name="$(jq -r .parameter <<<"$planned")" version="$(jq -r .version <<<"$planned")"
  jq -j .text <<<"$planned" >"$work/scaler.yaml"
  local ours=("--project=$project" --location=global)
  there="$(gcloud parametermanager parameters list "${ours[@]}" --format='value(name.basename())')" || return
  grep -qxF "$name" <<<"$there" || gcloud parametermanager parameters create "$name" "${ours[@]}" --parameter-format=yaml || return
  there="$(gcloud parametermanager parameters versions list "${ours[@]}" --parameter="$name" --format='value(name.basename())')" || return
  grep -qxF "$version" <<<"$there" ||
    gcloud parametermanager parameters versions create "$version" "${ours[@]}" --parameter="$name" --payload-data-from-file="$work/scaler.yaml"
}

# How many instances stream-writer has, as its scaler set them; null where there is none yet. What cannot be told is not none: an apply
# would bring the pool down to its fewest.
running_writers() {
  local pools
  pools="$(answer_of gcloud beta run worker-pools list --project="$project" --region="$region" --format=json)" ||
    fail 'how many instances stream-writer has cannot be told'
  # Cloud Run tells it in one of two forms, by the version of gcloud
  jq '[.[] | select((.metadata.name // .name | split("/") | last) == "stream-writer")
    | .scaling.manualInstanceCount // .metadata.annotations["run.googleapis.com/manualInstanceCount"] // empty | tonumber] | first' <<<"${pools:-[]}"
}

# images_with IMAGES SERVICE=IMAGE…: those that run now, with those that are named.
images_with() {
  local images="$1" named
  shift
  for named in "$@"; do
    [[ $named == *=*@sha256:* ]] || wrong "\"$named\" is not SERVICE=IMAGE@sha256:DIGEST"
    images="$(jq -c --arg service "${named%%=*}" --arg image "${named#*=}" '.[$service] = $image' <<<"$images")"
  done
  printf '%s' "$images"
}

# By service whose image is another than before: the revision that runs. event-generator and console are one instance each, and get their
# image at once.
what_keeps_the_rest() {
  local changed service revision kept='{}'
  changed="$(jq -r --argjson images "$2" '(.images.value // {}) as $before | $images | to_entries[]
    | select((.key | IN("event-generator", "console") | not) and $before[.key] != null and $before[.key] != .value) | .key' <<<"$1")"
  for service in $changed; do
    revision="$(ready_revision "$service")" || return
    # where none ever got ready there is nothing to keep
    [[ -z $revision ]] || kept="$(jq -c --arg service "$service" --arg revision "$revision" '.[$service] = $revision' <<<"$kept")"
  done
  printf '%s' "$kept"
}

# event-gateway is told a number, so that new keys are a new revision. A gateway without keys does not start.
version_of_keys() {
  local version
  version="$(newest_keys)" ||
    fail 'the versions of the secret event-gateway-api-keys cannot be listed: scripts/bootstrap.sh makes it'
  [[ -n $version ]] || fail "event-gateway has no keys yet: scripts/api-key.sh add $project NAME"
  printf '%s' "$version"
}

main "$@"

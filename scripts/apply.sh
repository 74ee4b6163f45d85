#!/usr/bin/env bash
# Applies the environment's Terraform: what runs there stays as it is, but for the images that are named.
#
# usage: apply.sh [-h] [--plan] PROJECT ENVIRONMENT [SERVICE=IMAGE@sha256:DIGEST…]
#   --plan  shows what would change, and changes nothing; exit status 2 when something would
# REGION is us-central1 unless it is set. Settings of an environment stand in terraform/environments/ENVIRONMENT.tfvars.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Google's own accounts and grants take a while to be everywhere: only then it is tried again.
readonly NOT_YET='may take a few minutes|Permission denied while using the Eventarc Service Agent|PERMISSION_DENIED|does not have .* access|Error 403'
readonly ATTEMPTS=4

main() {
  local only_plan=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --plan) only_plan=1 && shift ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# >= 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  shift 2
  need terraform jq node
  init_environment

  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  local images types
  images="$(images_with "$@")"
  types="$(node "$root/scripts/event-types.ts")"
  jq -n --argjson images "$images" --argjson types "$types" '{images: $images, event_types: $types}' >"$work/now.tfvars.json"

  if [[ -n $only_plan ]]; then
    # exit status 2: there are changes
    plan -detailed-exitcode -lock=false
  else
    apply
  fi
}

plan() {
  local variables
  mapfile -t variables < <(environment_variables)
  environment_terraform plan -input=false "${variables[@]}" -var-file="$work/now.tfvars.json" -out="$work/plan" "$@"
}

apply() {
  local attempt
  for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
    plan -lock-timeout=5m
    if environment_terraform apply -input=false -lock-timeout=5m "$work/plan" 2>&1 | tee "$work/said" >&2; then
      return
    fi
    grep -Eq "$NOT_YET" "$work/said" || fail 'terraform apply failed; what it said stands above'
    say "a grant is not everywhere yet: attempt $attempt of $ATTEMPTS"
    sleep "${RETRY_SECONDS:-60}"
  done
  fail "a grant was not everywhere after $ATTEMPTS attempts; run this again"
}

# The images that run now, with those that are named here.
images_with() {
  local outputs images named
  # what cannot be read is not empty: placeholders would take the place of what runs
  outputs="$(environment_terraform output -json)" || fail 'what runs now cannot be read from the state'
  images="$(jq '.images.value // {}' <<<"$outputs")"
  for named in "$@"; do
    [[ $named == *=*@sha256:* ]] || wrong "\"$named\" is not SERVICE=IMAGE@sha256:DIGEST"
    images="$(jq --arg service "${named%%=*}" --arg image "${named#*=}" '.[$service] = $image' <<<"$images")"
  done
  printf '%s' "$images"
}

main "$@"

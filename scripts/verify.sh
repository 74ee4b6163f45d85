#!/usr/bin/env bash
# Is the deployment well? event-generator and event-gateway answer 200 to the one who verifies and 403 to nobody; table-manager
# and stream-writer, which cannot be reached from outside, are Ready in Cloud Run's own words.
#
# usage: verify.sh [-h] PROJECT ENVIRONMENT
# REGION is us-central1 unless it is set. The caller may impersonate tablestream-smoke@PROJECT.iam.gserviceaccount.com.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly READY_SECONDS=300

main() {
  no_options "$@"
  (($# == 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  need gcloud curl jq

  local service url
  for service in event-generator event-gateway; do
    url="$(gcloud run services describe "$service" --project="$project" --region="$region" --format='value(status.url)')"
    [[ -n $url ]] || fail "$service has no URL"
    until_true "$READY_SECONDS" "$service answers 200 with a token" answers 200 "$url" "$(token_for "$url")"
    until_true "$READY_SECONDS" "$service answers 403 without a token" answers 403 "$url"
    say "$service: 200 with a token, 403 without one"
  done
  until_true "$READY_SECONDS" 'table-manager is Ready' is_ready run services describe table-manager
  until_true "$READY_SECONDS" 'stream-writer is Ready' is_ready beta run worker-pools describe stream-writer
  say 'table-manager and stream-writer: Ready'
}

token_for() {
  gcloud auth print-identity-token --impersonate-service-account="$smoke" --audiences="$1" --include-email
}

# answers STATUS URL [TOKEN]
answers() {
  local status="$1" url="$2" got
  local -a header=()
  [[ -z ${3:-} ]] || header=(--header "Authorization: Bearer $3")
  got="$(curl --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}' "${header[@]}" "$url/readiness")"
  [[ $got == "$status" ]] || {
    printf '%s/readiness answered %s\n' "$url" "$got"
    return 1
  }
}

is_ready() {
  local conditions
  conditions="$(gcloud "$@" --project="$project" --region="$region" --format=json | jq -c '.status.conditions // .conditions')"
  jq -e 'any(.[]; .type == "Ready" and (.status == "True" or .state == "CONDITION_SUCCEEDED"))' >/dev/null <<<"$conditions" || {
    printf '%s\n' "$conditions"
    return 1
  }
}

main "$@"

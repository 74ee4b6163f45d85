#!/usr/bin/env bash
# Is the deployment well? event-generator, event-gateway and the console answer 200 to the one who verifies and 403 to nobody; event-gateway
# takes an event from a caller that has an identity token and no key; table-manager, stream-writer and the jobs archiver and batch-loader,
# which cannot be reached from outside, are Ready in Cloud Run's own words, and so is a console with Identity-Aware Proxy before it.
#
# usage: verify.sh [-h] PROJECT ENVIRONMENT
# REGION is us-central1 unless it is set. The caller may impersonate tablestream-smoke@PROJECT.iam.gserviceaccount.com.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly READY_SECONDS="${READY_SECONDS:-300}"

main() {
  no_options "$@"
  (($# == 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  need gcloud curl jq

  local url token
  lets_in event-generator
  lets_in event-gateway
  takes_an_event "$url" "$token"
  if behind_iap console; then
    until_true "$READY_SECONDS" 'console is Ready' is_ready run services describe console
    say 'console: Ready, behind Identity-Aware Proxy'
  else
    lets_in console
  fi
  until_true "$READY_SECONDS" 'table-manager is Ready' is_ready run services describe table-manager
  until_true "$READY_SECONDS" 'stream-writer is Ready' is_ready beta run worker-pools describe stream-writer
  until_true "$READY_SECONDS" 'archiver is Ready' is_ready run jobs describe archiver
  until_true "$READY_SECONDS" 'batch-loader is Ready' is_ready run jobs describe batch-loader
  say 'table-manager, stream-writer, archiver and batch-loader: Ready'
}

# lets_in SERVICE: sets url and token.
lets_in() {
  url="$(answer_of gcloud run services describe "$1" --project="$project" --region="$region" --format='value(status.url)')" || url=''
  [[ -n $url ]] || fail "$1 has no URL"
  # on its own, so that a token that cannot be had ends the script here
  token="$(token_for "$url")"
  until_true "$READY_SECONDS" "$1 answers 200 with a token" answers 200 "$url" "$token"
  until_true "$READY_SECONDS" "$1 answers 403 without a token" answers 403 "$url"
  say "$1: 200 with a token, 403 without one"
}

# behind_iap SERVICE: IAP lets people in, and asks for a login where nobody is known: what answers then is not the service. Cloud Run tells
# it in one of two forms, by the version of gcloud.
behind_iap() {
  local told
  told="$(answer_of gcloud run services describe "$1" --project="$project" --region="$region" --format=json)" || fail "$1 cannot be looked at"
  jq -e '(.iapEnabled // .metadata.annotations["run.googleapis.com/iap-enabled"] // false | tostring) == "true"' <<<"$told" >/dev/null
}

token_for() {
  local token
  token="$(answer_of gcloud auth print-identity-token --impersonate-service-account="$smoke" --audiences="$1" --include-email)" || token=''
  [[ -n $token ]] || fail "no identity token of $smoke for $1: the caller needs roles/iam.serviceAccountTokenCreator on it"
  printf '%s' "$token"
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

# takes_an_event URL TOKEN: by the door of its type, whatever field names that in this environment.
# As a system does that publishes with its identity alone: Cloud Run looks at X-Serverless-Authorization where there is
# one and leaves Authorization, which is event-gateway's, as it is; without it Cloud Run takes the signature of the token away.
takes_an_event() {
  local url="$1" for_cloud_run="$2" audience for_gateway
  audience="$(answer_of gcloud run services describe event-gateway --project="$project" --region="$region" --format=json |
    jq -r 'first(.. | objects | select(.name? == "TOKEN_AUDIENCE") | .value)')"
  [[ $audience == https://* ]] || fail "event-gateway names no TOKEN_AUDIENCE: \"$audience\""
  for_gateway="$(token_for "$audience")"
  until_true "$READY_SECONDS" 'event-gateway takes an event with an identity token' post_event "$url" "$for_cloud_run" "$for_gateway"
  say 'event-gateway: takes an event with an identity token'
}

post_event() {
  local answer event id
  id="verify-$(date -u +%Y%m%d%H%M%S)-$RANDOM"
  event="$(jq -cn --arg id "$id" --arg environment "$environment" --arg now "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    '{event_id: $id, environment: $environment, verified_at: $now}')"
  answer="$(curl --silent --show-error --max-time 20 --write-out '\n%{http_code}' --header 'Content-Type: application/json' \
    --header "X-Serverless-Authorization: Bearer $2" --header "Authorization: Bearer $3" --data "$event" "$1/events/deployment_check")"
  [[ ${answer##*$'\n'} =~ ^20[0-9]$ ]] || {
    printf '%s/events/deployment_check answered %s\n' "$1" "$answer"
    return 1
  }
}

# Cloud Run tells it in one of two forms, by the version of gcloud.
is_ready() {
  local told
  # jq 1.6 takes no answer at all for a good one
  told="$(gcloud "$@" --project="$project" --region="$region" --format=json)" || return
  jq -e '.terminalCondition.state == "CONDITION_SUCCEEDED"
    or any((.status.conditions // .conditions // [])[]; .type == "Ready" and (.status == "True" or .state == "CONDITION_SUCCEEDED"))' >/dev/null <<<"$told" || {
    jq -c '.terminalCondition // .status.conditions // .conditions' <<<"$told"
    return 1
  }
}

main "$@"

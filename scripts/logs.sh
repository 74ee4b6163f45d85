#!/usr/bin/env bash
# Shows what the services said, the newest last.
#
# usage: logs.sh [-h] [--severity LEVEL] [--since DURATION] PROJECT ENVIRONMENT [SERVICE]
#   --severity  this level and those above it: INFO (default), WARNING, ERROR
#   --since     how far back: 1h (default), 30m, 2d
# SERVICE can be writer-scaler too, which is Google's: what it says is text without a level, and all of it is shown.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  local severity=INFO since=1h
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --severity | --since)
        (($# >= 2)) || wrong "$1 needs a value"
        if [[ $1 == --since ]]; then since="$2"; else severity="$2"; fi
        shift 2
        ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# == 2 || $# == 3)) || wrong 'a project and an environment are needed'
  [[ $severity =~ ^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$ ]] || wrong "\"$severity\" is no severity"
  [[ $since =~ ^[0-9]+[smhd]$ ]] || wrong "\"$since\" is no duration"
  target "$1" "$2"
  local filter="resource.type=(\"cloud_run_revision\" OR \"cloud_run_worker_pool\" OR \"cloud_run_job\") AND severity>=$severity"
  if [[ ${3:-} == writer-scaler ]]; then
    filter="resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"writer-scaler\""
  elif (($# == 3)); then
    [[ " ${SERVICES[*]} archiver batch-loader " == *" $3 "* ]] || wrong "there is no service $3: ${SERVICES[*]} archiver batch-loader writer-scaler"
    filter="$filter AND jsonPayload.service=\"$3\""
  fi
  need gcloud jq
  gcloud logging read "$filter" --project="$project" --freshness="$since" --order=asc --format=json |
    jq -r '.[] | [.timestamp, .severity, (.jsonPayload.service // "-"),
      (.jsonPayload.message // .textPayload // (.httpRequest // {} | "\(.requestMethod) \(.requestUrl) \(.status)"))] | join("  ")'
}

main "$@"

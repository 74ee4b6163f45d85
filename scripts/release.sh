#!/usr/bin/env bash
# Deploys images the careful way: to a tenth of the requests and one instance of the writer, then, when nothing complains, to all. What does
# not verify, or complains, is rolled back to the images that ran before, by itself.
#
# usage: release.sh [-h] PROJECT ENVIRONMENT SERVICE=IMAGE@sha256:DIGEST…
# CANARY_SECONDS (300) is how long the canary is watched, CANARY_ERRORS (10) how many errors it may log meanwhile. Where nothing ran before,
# there is no canary, and nothing to go back to.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  (($# >= 3)) || wrong 'a project, an environment and images are needed'
  target "$1" "$2"
  shift 2
  need gcloud terraform jq
  local before
  mapfile -t before < <("$root/scripts/images.sh" "$project" "$environment")
  # the exit status of what a process substitution runs is not seen otherwise
  wait $!

  # steps end at their first failure by &&: set -e does nothing in a condition
  if canary "$@" && "$root/scripts/apply.sh" "$project" "$environment" "$@" && verify; then
    say "$environment runs: $*"
    return
  fi
  "$root/scripts/roll-back.sh" "$project" "$environment" "${before[@]}"
  fail "not deployed: $*"
}

canary() {
  local kept
  kept="$("$root/scripts/apply.sh" --canary "$project" "$environment" "$@")" || return
  [[ $kept != '{}' ]] || return 0
  say "a canary beside $kept"
  verify && watch_canary "$kept"
}

verify() { "$root/scripts/verify.sh" "$project" "$environment"; }

# watch_canary KEPT: looks at the log of the new revisions of the services in KEPT. A log that cannot be read has not complained of nothing.
watch_canary() {
  local service revision revisions='' deadline complaints errors
  for service in $(jq -r 'keys[]' <<<"$1"); do
    revision="$(ready_revision "$service")" || return
    revisions="$revisions${revisions:+ OR }\"$revision\""
  done
  deadline=$((SECONDS + ${CANARY_SECONDS:-300}))
  while :; do
    complaints="$(answer_of gcloud logging read "resource.labels.revision_name=($revisions) AND (severity>=ERROR OR httpRequest.status>=500)" \
      --project="$project" --limit="$((${CANARY_ERRORS:-10} + 1))" --format='value(insertId)')" || {
      say 'the log of the canary cannot be read'
      return 1
    }
    errors="$(grep -c . <<<"$complaints")" || true
    ((errors <= ${CANARY_ERRORS:-10})) || {
      say "the canary logged more than ${CANARY_ERRORS:-10} errors: scripts/logs.sh --severity ERROR $project $environment"
      return 1
    }
    ((SECONDS < deadline)) || return 0
    sleep "${POLL_SECONDS:-15}"
  done
}

main "$@"

#!/usr/bin/env bash
# Says which image each service runs, one a line: SERVICE=IMAGE@sha256:DIGEST. Nothing where nothing was deployed yet.
#
# usage: images.sh [-h] PROJECT ENVIRONMENT
# What it prints is what apply.sh and roll-back.sh take.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  (($# == 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  need terraform jq
  init_environment
  local outputs
  outputs="$(outputs_now)"
  jq -r '.images.value // {} | to_entries[] | "\(.key)=\(.value)"' <<<"$outputs"
}

main "$@"

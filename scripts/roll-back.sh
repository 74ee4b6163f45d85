#!/usr/bin/env bash
# Deploys the images that ran before, to everything at once, and looks whether all is well then.
#
# usage: roll-back.sh [-h] PROJECT ENVIRONMENT [SERVICE=IMAGE@sha256:DIGEST…]
# Images as images.sh printed them. Without any, nothing ran before, and what runs stays.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  (($# >= 2)) || wrong 'a project and an environment are needed'
  target "$1" "$2"
  shift 2
  if (($# == 0)); then
    say "nothing ran in $environment before: there is nothing to go back to"
    return
  fi
  say "$environment goes back to: $*"
  "$root/scripts/apply.sh" "$project" "$environment" "$@"
  "$root/scripts/verify.sh" "$project" "$environment"
  say "$environment runs again what it ran before: $*"
}

main "$@"

#!/usr/bin/env bash
# Says whether a deployment may tear its environment down first, as a line for GITHUB_OUTPUT: tear_down=true or tear_down=false.
#
# usage: may-tear-down.sh [-h] ENVIRONMENT true|false [CONFIRMATION]
# An environment whose name begins with prod is torn down only when it is asked for and CONFIRMATION is "tear down ENVIRONMENT".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  (($# == 2 || $# == 3)) || wrong 'an environment and true or false are needed'
  local environment="$1" asked="$2" confirmation="${3:-}"
  if [[ $asked != true ]]; then
    printf 'tear_down=false\n'
  elif [[ $environment != prod* ]]; then
    printf 'tear_down=true\n'
  elif [[ $confirmation == "tear down $environment" ]]; then
    printf 'tear_down=true\n'
  elif [[ -z $confirmation ]]; then
    say "$environment is deployed in place: to tear it down, type \"tear down $environment\""
    printf 'tear_down=false\n'
  else
    fail "\"$confirmation\" is not \"tear down $environment\": nothing is torn down, and nothing is deployed"
  fi
}

main "$@"

#!/usr/bin/env bash
# Builds, pushes and deploys console: deploy-console.sh PROJECT ENVIRONMENT; deploy-service.sh -h tells the rest.
set -euo pipefail
[[ ${1:-} != -* ]] || exec "$(dirname "${BASH_SOURCE[0]}")/deploy-service.sh" "$1"
exec "$(dirname "${BASH_SOURCE[0]}")/deploy-service.sh" console "$@"

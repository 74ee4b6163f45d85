#!/usr/bin/env bash
# Builds, pushes and deploys event-gateway: deploy-event-gateway.sh PROJECT ENVIRONMENT; deploy-service.sh -h tells the rest.
set -euo pipefail
[[ ${1:-} != -* ]] || exec "$(dirname "${BASH_SOURCE[0]}")/deploy-service.sh" "$1"
exec "$(dirname "${BASH_SOURCE[0]}")/deploy-service.sh" event-gateway "$@"

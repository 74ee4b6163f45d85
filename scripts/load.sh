#!/usr/bin/env bash
# Runs scripts/load.ts with the project's own Node; -h tells the rest.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
PATH="$root/node_modules/.bin:$PATH" exec node --max-semi-space-size=8 --external-memory-accounted-in-global-limit --heap-growing-percent=100 \
  "$root/scripts/load.ts" "$@"

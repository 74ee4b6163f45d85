#!/usr/bin/env bash
# Builds the image of a service from this checkout, pushes it and deploys it by its digest. Prints SERVICE=IMAGE@DIGEST.
#
# usage: deploy-service.sh [-h] [--push-only] SERVICE PROJECT ENVIRONMENT
#   --push-only  builds and pushes, and leaves the deployment to apply.sh
# Services: event-generator, event-gateway, table-manager, stream-writer. REGION is us-central1 unless it is set.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  local push_only=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --push-only) push_only=1 && shift ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# == 3)) || wrong 'a service, a project and an environment are needed'
  local service="$1"
  [[ " ${SERVICES[*]} " == *" $service "* ]] || wrong "there is no service $service: ${SERVICES[*]}"
  target "$2" "$3"
  need docker git gcloud

  local commit tag image digest
  commit="$(git -C "$root" rev-parse HEAD)"
  # a checkout with changes is no commit: its image says so
  git -C "$root" diff --quiet HEAD || commit="$commit-changed-$(date -u +%Y%m%d%H%M%S)"
  tag="$registry/$service:$commit"
  gcloud auth configure-docker "$region-docker.pkg.dev" --quiet >&2
  image_of "$tag" >/dev/null 2>&1 || {
    docker build --build-arg SERVICE="$service" --build-arg COMMIT="$commit" --tag "$tag" "$root" >&2
    docker push "$tag" >&2
  }
  digest="$(image_of "$tag")"
  image="$service=$registry/$service@$digest"
  printf '%s\n' "$image"
  [[ -n $push_only ]] || "$root/scripts/apply.sh" "$project" "$environment" "$image"
}

# The digest of an image that is in the registry. Tags there cannot be moved: what a commit's tag names was built from it.
image_of() { gcloud artifacts docker images describe "$1" --project="$project" --format='value(image_summary.digest)'; }

main "$@"

#!/usr/bin/env bash
# Builds the image of a service from this checkout, pushes it and deploys it by its digest. Prints SERVICE=IMAGE@DIGEST.
#
# usage: deploy-service.sh [-h] [--push-only] SERVICE PROJECT ENVIRONMENT
#   --push-only  builds and pushes, and leaves the deployment to release.sh
# Needs docker with buildx. Services: event-generator, event-gateway, table-manager, stream-writer. REGION is us-central1 unless it is set.
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
  need docker git gcloud jq

  local commit tag image digest
  commit="$(git -C "$root" rev-parse HEAD)"
  # a checkout with changes is no commit: its image says so
  git -C "$root" diff --quiet HEAD || commit="$commit-changed-$(date -u +%Y%m%d%H%M%S)"
  tag="$registry/$service:$commit"
  gcloud auth configure-docker "$region-docker.pkg.dev" --quiet >&2
  # what a commit's tag names was built from it
  digest="$(image_of "$tag" 2>/dev/null)" || digest=''
  if [[ -z $digest ]]; then
    build "$tag" "$service" "$commit"
    digest="$(image_of "$tag")" || fail "$tag was pushed, and is not in the registry"
  fi
  image="$service=$registry/$service@$digest"
  printf '%s\n' "$image"
  [[ -n $push_only ]] || "$root/scripts/release.sh" "$project" "$environment" "$image"
}

# Beside the image go what it was built from (SBOM) and how (provenance). The driver that Docker begins with cannot make them.
build() {
  docker buildx inspect tablestream >/dev/null 2>&1 || docker buildx create --name tablestream --driver docker-container >&2
  docker buildx build --builder tablestream --platform linux/amd64 --build-arg SERVICE="$2" --build-arg COMMIT="$3" \
    --sbom=true --provenance=mode=max --tag "$1" --push "$root" >&2
}

# The digest of the image that the tag names, and not of the index with its attestations: Cloud Run is told what it runs.
image_of() {
  local manifest
  manifest="$(docker buildx imagetools inspect "$1" --format '{{json .Manifest}}')" || return
  jq -er 'if .manifests then first(.manifests[] | select(.platform.os == "linux" and .platform.architecture == "amd64") | .digest) else .digest end' \
    <<<"$manifest"
}

main "$@"

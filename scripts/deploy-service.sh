#!/usr/bin/env bash
# Builds the image of a service from this checkout, pushes it and deploys it by its digest. Prints SERVICE=IMAGE@DIGEST.
#
# usage: deploy-service.sh [-h] [--push-only] SERVICE PROJECT ENVIRONMENT
#   --push-only  builds and pushes, and leaves the deployment to release.sh
# Needs docker with buildx. Services: event-generator, event-gateway, table-manager, stream-writer, console. REGION is us-central1 unless it
# is set.
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
  digest="$(three_times image_of "$tag")" || fail "$tag cannot be asked for in the registry: what it said stands above"
  if [[ -z $digest ]]; then
    three_times build "$tag" "$service" "$commit" || fail "$tag could not be built and pushed: what was said stands above"
    digest="$(three_times image_of "$tag")" || fail "$tag was pushed, and cannot be asked for in the registry: what it said stands above"
    [[ -n $digest ]] || fail "$tag was pushed, and is not in the registry"
  fi
  image="$service=$registry/$service@$digest"
  printf '%s\n' "$image"
  [[ -n $push_only ]] || "$root/scripts/release.sh" "$project" "$environment" "$image"
}

# Beside the image go what it was built from (SBOM) and how (provenance). The driver that Docker begins with cannot make them.
build() {
  docker buildx inspect tablestream >/dev/null 2>&1 || docker buildx create --name tablestream --driver docker-container >&2 || return
  docker buildx build --builder tablestream --platform linux/amd64 --build-arg SERVICE="$2" --build-arg COMMIT="$3" \
    --sbom=true --provenance=mode=max --tag "$1" --push "$root" >&2
}

# The digest of the image that the tag names, and not of the index with its attestations: Cloud Run is told what it runs. Nothing where the
# registry has no such tag, which is one answer and no other.
image_of() {
  local manifest said
  said="$(mktemp)"
  if ! manifest="$(docker buildx imagetools inspect "$1" --format '{{json .Manifest}}' 2>"$said")"; then
    grep -qF "$1: not found" "$said" || {
      cat "$said" >&2
      rm -f "$said"
      return 1
    }
    manifest=''
  fi
  rm -f "$said"
  [[ -n $manifest ]] || return 0
  jq -er 'if .manifests then first(.manifests[] | select(.platform.os == "linux" and .platform.architecture == "amd64") | .digest) else .digest end' \
    <<<"$manifest"
}

# three_times COMMAND…: registries have bad moments, the one that is pushed to and those that a build fetches from.
three_times() {
  local try
  for try in 1 2 3; do
    ! "$@" || return 0
    ((try == 3)) || {
      say "again in ${RETRY_SECONDS:-30} s"
      sleep "${RETRY_SECONDS:-30}"
    }
  done
  return 1
}

main "$@"

#!/usr/bin/env bash
# The keys of those who publish over HTTP. Only their hashes are kept, all in one version of the secret event-gateway-api-keys: a change is
# a new version with the others in it.
#
# usage: api-key.sh [-h] list PROJECT
#        api-key.sh [-h] [--requests-per-minute N] add PROJECT NAME
#        api-key.sh [-h] retire PROJECT NAME
#        api-key.sh [-h] remove PROJECT NAME
# add makes a key for NAME (6,000 requests a minute unless N is given) and prints it, once. The one that NAME had before holds beside it
# until retire takes it away; remove takes NAME and all its keys away. event-gateway takes the change with the next apply.sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly SECRET=event-gateway-api-keys

main() {
  local limit=''
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --requests-per-minute)
        (($# >= 2)) || wrong '--requests-per-minute needs a number'
        limit="$2"
        shift 2
        ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  [[ ${1:-} =~ ^(list|add|retire|remove)$ ]] || wrong "\"${1:-}\" is none of list, add, retire and remove"
  local verb="$1" name="${3:-}"
  if [[ $verb == list ]]; then
    (($# == 2)) || wrong 'list takes a project'
  else
    (($# == 3)) || wrong "$verb takes a project and a name"
  fi
  # the environment is none of the keys'
  target "$2" any
  [[ $limit =~ ^([1-9][0-9]*)?$ ]] || wrong "\"$limit\" is no number of requests"
  [[ $verb == list || $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ ]] || wrong "\"$name\" is no name: letters, digits, dots, hyphens and underscores"
  need gcloud jq openssl

  local keys
  keys="$(current)"
  case "$verb" in
    list) jq -r 'to_entries[] | "\(.key)  \(.value.requests_per_minute) requests a minute\(if .value.old_sha256 then ", two keys" else "" end)"' <<<"$keys" ;;
    add) add "$keys" "$name" "$limit" ;;
    retire)
      jq -e --arg name "$name" '.[$name].old_sha256' <<<"$keys" >/dev/null || fail "$name has no second key"
      put "$(jq -c --arg name "$name" 'del(.[$name].old_sha256)' <<<"$keys")"
      ;;
    remove)
      jq -e --arg name "$name" 'has($name)' <<<"$keys" >/dev/null || fail "there is no key of $name"
      put "$(jq -c --arg name "$name" 'del(.[$name])' <<<"$keys")"
      ;;
  esac
}

# The newest version. Where there is none yet there are no keys; one that cannot be read is not taken for none.
current() {
  local newest
  newest="$(newest_keys)" || fail 'the keys cannot be listed: scripts/bootstrap.sh makes the secret'
  if [[ -z $newest ]]; then
    printf '{}'
  else
    gcloud secrets versions access "$newest" --secret="$SECRET" --project="$project" || fail 'the keys cannot be read'
  fi
}

add() {
  local key hash
  key="$(openssl rand -hex 32)"
  hash="$(printf %s "$key" | openssl dgst -sha256 -r | cut -d ' ' -f 1)"
  # what is not said stays as it was
  put "$(jq -c --arg name "$2" --arg hash "$hash" --argjson limit "${3:-null}" '.[$name] as $before
    | .[$name] = ($before // {}) + {sha256: $hash, requests_per_minute: ($limit // $before.requests_per_minute // 6000)}
    | if $before then .[$name].old_sha256 = $before.sha256 else . end' <<<"$1")"
  printf '%s\n' "$key"
}

put() {
  gcloud secrets versions add "$SECRET" --project="$project" --data-file=- <<<"$1" >&2
  say "event-gateway takes it with: scripts/apply.sh $project ENVIRONMENT"
}

main "$@"

#!/usr/bin/env bash
# The channels that need a secret, by which people are told: Slack, PagerDuty, webhooks. They are made here and not by Terraform, so that no
# state has their secrets, and they outlive the environment.
#
# usage: channel.sh [-h] list PROJECT
#        channel.sh [-h] put PROJECT NAME slack|pagerduty|webhook|webhook-password [TO]
#        channel.sh [-h] remove PROJECT NAME
# put makes the channel, or gives the one of that name another secret; it reads the secret from its input: Slack's token, PagerDuty's
# integration key, a webhook's whole https URL with the token in it, or the password of one whose user is tablestream. TO is #channel of
# slack and the https URL of webhook-password. It prints the line for notification_channels in terraform/environments/ENVIRONMENT.tfvars.
# remove takes one away that no alert names any more: its line goes first, and scripts/apply.sh after that.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  [[ ${1:-} =~ ^(list|put|remove)$ ]] || wrong "\"${1:-}\" is none of list, put and remove"
  local verb="$1"
  (($# >= 2)) || wrong "$verb takes a project"
  # the environment is none of the channels'
  target "$2" any
  local name="${3:-}"
  [[ $verb == list || $name =~ ^[a-z][a-z0-9-]{0,62}$ ]] || wrong "\"$name\" is no name: lower-case letters, digits and hyphens"
  need gcloud jq
  case "$verb" in
    list)
      (($# == 2)) || wrong 'list takes a project'
      named '' | jq -r 'sort_by(.userLabels.channel)[] | "\(.userLabels.channel)  \(.type)  \(.name)"'
      ;;
    put)
      (($# == 4 || $# == 5)) || wrong 'put takes a project, a name, a type and, for slack and webhook-password, what it is sent to'
      put "$name" "$4" "${5:-}"
      ;;
    remove)
      (($# == 3)) || wrong 'remove takes a project and a name'
      local id
      id="$(id_of "$name")" || exit
      [[ -n $id ]] || fail "there is no channel $name"
      gcloud beta monitoring channels delete "$id" --project="$project" --quiet >&2
      ;;
  esac
}

# named NAME: the channels of this script as JSON; all of them where NAME is empty.
named() {
  local filter='userLabels.app="tablestream" AND userLabels.made_by="channel"'
  gcloud beta monitoring channels list --project="$project" --format=json \
    --filter="$filter${1:+ AND userLabels.channel=\"$1\"}" || fail 'the channels cannot be listed'
}

id_of() {
  local found
  found="$(named "$1")" || return
  jq -r '.[0].name // empty' <<<"$found"
}

# put NAME TYPE TO
put() {
  local name="$1" type="$2" to="$3" id content
  case "$type" in
    slack) [[ $to =~ ^#[^[:space:]]+$ ]] || wrong "\"$to\" is no #channel" ;;
    webhook-password) [[ $to == https://* ]] || wrong "\"$to\" is no https URL" ;;
    pagerduty | webhook) [[ -z $to ]] || wrong "$type takes nothing but its secret" ;;
    *) wrong "\"$type\" is none of slack, pagerduty, webhook and webhook-password" ;;
  esac
  id="$(id_of "$name")" || exit
  [[ ! -t 0 ]] || say "the secret of $name, then Enter and Ctrl-D:"
  # by its input alone: a command line can be seen by others
  content="$(jq -Rs --arg name "$name" --arg type "$type" --arg to "$to" 'sub("\\s+$"; "") as $secret
    | if $secret == "" then error("the secret is empty") else . end
    | if $type == "webhook" and ($secret | startswith("https://") | not) then error("the URL of a webhook begins with https://") else . end
    | {type: {slack: "slack", pagerduty: "pagerduty", webhook: "webhook_tokenauth", "webhook-password": "webhook_basicauth"}[$type],
       displayName: "tablestream: \($name)",
       userLabels: {app: "tablestream", made_by: "channel", channel: $name},
       labels: {slack: {channel_name: $to, auth_token: $secret}, pagerduty: {service_key: $secret}, webhook: {url: $secret},
         "webhook-password": {url: $to, username: "tablestream", password: $secret}}[$type]}')" || exit
  if [[ -z $id ]]; then
    id="$(gcloud beta monitoring channels create --project="$project" --channel-content-from-file=- --format='value(name)' <<<"$content")"
  else
    gcloud beta monitoring channels update "$id" --project="$project" --channel-content-from-file=- --format=none <<<"$content" >&2
  fi
  [[ -n $id ]] || fail "$name was not made"
  printf '%s = { type = "existing", to = "%s" }\n' "$name" "$id"
}

main "$@"

# What the scripts for the cloud share. To be sourced: it defines, and runs nothing.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly root
# shellcheck disable=SC2034 # for the scripts that source this
readonly SERVICES=(event-generator event-gateway table-manager stream-writer)

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# The comment at the head of the script that runs, as its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

wrong() {
  say "$*"
  usage >&2
  exit 2
}

# For a script without options: help where it is asked for.
no_options() {
  case "${1:-}" in
    -h | --help) usage && exit 0 ;;
    -*) wrong "there is no option $1" ;;
  esac
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
  done
}

# Sets project, environment, region and what follows from them.
target() {
  project="$1" environment="$2" region="${REGION:-us-central1}"
  [[ $project =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || wrong "\"$project\" is no project id"
  [[ $environment =~ ^[a-z][a-z0-9]{1,15}$ ]] || wrong "\"$environment\" is no environment: 2 to 16 lower-case letters and digits"
  # shellcheck disable=SC2034 # for the scripts that source this
  {
    dataset="${environment}_events_dataset"
    registry="$region-docker.pkg.dev/$project/tablestream"
    state_bucket="$project-tablestream-state"
    smoke="tablestream-smoke@$project.iam.gserviceaccount.com"
    deployer="tablestream-deployer@$project.iam.gserviceaccount.com"
  }
}

# until_true SECONDS WHAT COMMAND…: asks again until the command succeeds; fails, with what it said last, after so long.
until_true() {
  local seconds="$1" what="$2" deadline said
  shift 2
  deadline=$((SECONDS + seconds))
  until said="$("$@" 2>&1)"; do
    ((SECONDS < deadline)) || fail "$what: not within $seconds s. The last answer was: ${said:-nothing}"
    sleep "${POLL_SECONDS:-3}"
  done
}

# Terraform in the environment's root, with its state.
environment_terraform() { terraform -chdir="$root/terraform" "$@"; }

init_environment() {
  environment_terraform init -input=false -reconfigure \
    -backend-config="bucket=$state_bucket" -backend-config="prefix=environments/$environment" >&2
}

# What every plan of the environment is told; its own settings come last, and win.
environment_variables() {
  printf '%s\n' \
    "-var=project_id=$project" "-var=environment=$environment" "-var=region=$region" \
    "-var=smoke_service_account=$smoke" "-var=deployer_service_account=$deployer"
  local own="$root/terraform/environments/$environment.tfvars"
  [[ ! -f $own ]] || printf '%s\n' "-var-file=$own"
}

# What the scripts for the cloud share. To be sourced: it defines, and runs nothing.
# shellcheck shell=bash

# macOS comes with a bash of 2007
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || {
  printf 'bash 4.4 or newer is needed, and this is %s: brew install bash\n' "$BASH_VERSION" >&2
  exit 1
}

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly root
# gcloud asks whether an API that is off is to be enabled, and waits, unseen where its words are not shown
export CLOUDSDK_CORE_DISABLE_PROMPTS=1
# shellcheck disable=SC2034 # for the scripts that source this
readonly SERVICES=(event-generator event-gateway table-manager stream-writer console)
# shellcheck source-path=SCRIPTDIR source=terraform-errors.sh
source "$root/scripts/terraform-errors.sh"

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

init_environment() { init_root terraform "prefix=environments/$environment"; }

# init_root FOLDER PREFIX: Terraform's init. It installs each provider that the state names beside those of the configuration, and runs none
# of them: who writes the state chooses no program that runs here.
init_root() {
  local folder="$1" prefix="$2" others
  local -a locked=()
  ! is_locked "$folder" || locked=(-lockfile=readonly)
  persist terraform -chdir="$root/$folder" init -no-color -input=false -reconfigure "${locked[@]}" \
    -backend-config="bucket=$state_bucket" -backend-config="$prefix"
  # nothing is written down where nothing was chosen
  [[ -f $root/$folder/.terraform.lock.hcl ]] || return 0
  others="$(sed -n 's/^provider "\(.*\)" {$/\1/p' "$root/$folder/.terraform.lock.hcl" | grep -vxF registry.terraform.io/hashicorp/google | tr '\n' ' ')" || true
  [[ -z $others ]] ||
    fail "the state in gs://$state_bucket asks for a provider that $folder does not have: $others. Nothing of it was run (docs/decisions/0011)"
}

# is_locked FOLDER: is its list of providers, by their hashes, committed?
is_locked() { git -C "$root" ls-files --error-unmatch "$1/.terraform.lock.hcl" >/dev/null 2>&1; }

# What runs, as Terraform tells it. What cannot be read is not empty: placeholders would take the place of what runs.
outputs_now() { answer_of environment_terraform output -json || fail 'what runs now cannot be read from the state'; }

# environment_variables FILE: what every plan of the environment is told: the file, when one is named, and then its own settings, which win.
environment_variables() {
  printf '%s\n' "-var=project_id=$project" "-var=environment=$environment" "-var=region=$region"
  [[ -z $1 ]] || printf '%s\n' "-var-file=$1"
  local own="$root/terraform/environments/$environment.tfvars"
  [[ ! -f $own ]] || printf '%s\n' "-var-file=$own"
}

# A project holds one environment, in one region: names are the same in each, and a second one would take the first one's for its own.
# bootstrap.sh has written on the bucket of the states which one it is, and made it where everything is.
refuse_another_environment() {
  local held
  held="$(answer_of gcloud storage buckets describe "gs://$state_bucket" --format='value(location,labels.environment)')" ||
    fail "gs://$state_bucket cannot be looked at: scripts/bootstrap.sh makes it"
  refuse_unless_it_holds "$held" || fail "gs://$state_bucket says nothing of an environment: scripts/bootstrap.sh once more"
}

# refuse_unless_it_holds LOCATION<tab>ENVIRONMENT: false where it holds none yet.
refuse_unless_it_holds() {
  local location held
  IFS=$'\t' read -r location held <<<"$1"
  [[ ${location,,} == "$region" ]] ||
    fail "$project was prepared in ${location,,}, and this is for $region: export REGION=${location,,}"
  [[ -n $held ]] || return
  [[ $held == "$environment" ]] ||
    fail "$project holds the environment \"$held\" and no other: $environment needs a project of its own (docs/decisions/0010)"
}

# The number of the newest version of the gateway's keys that can be used; nothing where there is none yet.
newest_keys() {
  local versions
  versions="$(answer_of gcloud secrets versions list event-gateway-api-keys --project="$project" --format='value(name.basename(),state)')" || return
  awk 'tolower($2) == "enabled" { print $1 }' <<<"$versions" | sort -n | tail -n 1
}

# ready_revision SERVICE: the revision that runs, by Cloud Run's own word: an output of Terraform was evaluated before the apply, and names
# the one before. Cloud Run tells it in one of two forms, by the version of gcloud.
ready_revision() {
  local told
  if [[ $1 == stream-writer ]]; then
    told="$(answer_of gcloud beta run worker-pools describe "$1" --project="$project" --region="$region" --format=json)"
  else
    told="$(answer_of gcloud run services describe "$1" --project="$project" --region="$region" --format=json)"
  fi || fail "which revision of $1 runs cannot be told"
  jq -r '.status.latestReadyRevisionName // .latestReadyRevision // "" | split("/") | last // ""' <<<"$told"
}

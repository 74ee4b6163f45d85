#!/usr/bin/env bash
# Prepares a project once for one environment: APIs, the bucket of Terraform's state, the image registry, the accounts, the identities of
# GitHub's runs, and in GitHub the environment of the same name with its variables. Safe to run again.
#
# usage: bootstrap.sh [-h] [--dataflow] [--reviewer LOGIN]… PROJECT ENVIRONMENT OWNER/REPOSITORY
#        bootstrap.sh [-h] --plan [--dataflow] PROJECT ENVIRONMENT OWNER/REPOSITORY
#   --reviewer  who has to approve each deployment; an environment whose name begins with prod needs one
#   --dataflow  also what the environment's enable_dataflow needs
#   --plan      shows what would change in the project, and changes nothing; exit status 2 when something would
# The caller owns the project and administers the repository. REGION is us-central1 unless it is set.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  local only_plan='' dataflow=false
  local -a reviewers=()
  while [[ ${1:-} == -* ]]; do
    case "$1" in
      -h | --help) usage && exit 0 ;;
      --plan) only_plan=1 && shift ;;
      --dataflow) dataflow=true && shift ;;
      --reviewer)
        (($# >= 2)) || wrong '--reviewer needs a login'
        reviewers+=("$2")
        shift 2
        ;;
      *) wrong "there is no option $1" ;;
    esac
  done
  (($# == 3)) || wrong 'a project, an environment and a repository are needed'
  target "$1" "$2"
  repository="$3"
  [[ $repository =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || wrong "\"$repository\" is no repository: OWNER/NAME"
  [[ -n $only_plan || $environment != prod* || ${#reviewers[@]} -gt 0 ]] ||
    fail "somebody has to approve deployments to $environment: --reviewer LOGIN"
  need gcloud terraform gh jq

  # numbers: a name can be given up and taken by others
  local ids
  ids="$(gh api "repos/$repository" --jq '"\(.owner.id) \(.id)"')" || fail "$repository cannot be seen: gh auth login"
  variables=("-var=project_id=$project" "-var=environment=$environment" "-var=region=$region" "-var=enable_dataflow=$dataflow"
    "-var=github_owner_id=${ids% *}" "-var=github_repository_id=${ids#* }")

  if [[ -n $only_plan ]]; then
    init_bootstrap
    bootstrap_terraform plan -no-color -input=false -lock=false -detailed-exitcode "${variables[@]}"
    return
  fi
  refuse_a_second_environment
  # what GitHub's plan does not have is told in a second, and not when the project is made
  make_environment_of_github "${reviewers[@]}"
  make_project
  make_locks
  set_variables "$environment"
  # plans of pull requests are plans of dev
  [[ $environment != dev ]] || set_variables plan
  say "next: a key for each who publishes (scripts/api-key.sh add $project NAME), then a push to main"
}

# What cannot be looked at is not there yet: that is a new project, whose APIs may be off.
refuse_a_second_environment() {
  local held
  held="$(gcloud storage buckets describe "gs://$state_bucket" --project="$project" --format='value(location,labels.environment)' 2>/dev/null)" ||
    return 0
  refuse_unless_it_holds "$held" || return 0
}

make_project() {
  # what Terraform itself needs before it can switch on the others
  persist gcloud services enable --project="$project" cloudresourcemanager.googleapis.com serviceusage.googleapis.com \
    storage.googleapis.com iam.googleapis.com pubsub.googleapis.com eventarc.googleapis.com workflows.googleapis.com
  # Google makes these accounts on first use, and a grant to one that is not there yet fails. One that is asked for has no role by itself:
  # terraform/bootstrap/agents.tf gives it
  local api
  for api in pubsub eventarc workflows; do
    persist gcloud beta services identity create --service="$api.googleapis.com" --project="$project"
  done
  # what was switched on a moment ago is refused for minutes
  gcloud storage buckets describe "gs://$state_bucket" --project="$project" >/dev/null 2>&1 ||
    persist gcloud storage buckets create "gs://$state_bucket" --project="$project" --location="$region" \
      --uniform-bucket-level-access --public-access-prevention
  # once more, now that it can surely be looked at
  refuse_a_second_environment

  init_bootstrap
  # the bucket was here first: Terraform takes it over
  bootstrap_terraform state show google_storage_bucket.state >/dev/null 2>&1 ||
    persist bootstrap_terraform import -no-color -input=false "${variables[@]}" google_storage_bucket.state "$project/$state_bucket"
  persist bootstrap_terraform apply -no-color -auto-approve -input=false -lock-timeout=5m "${variables[@]}"
}

# Which providers are used, by their hashes: the first who has a network for it writes it down for all.
make_locks() {
  local folder
  for folder in terraform/bootstrap terraform; do
    # made by init for this machine alone, unless it is committed
    is_locked "$folder" || {
      terraform -chdir="$root/$folder" providers lock -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64 >&2
      say "commit $folder/.terraform.lock.hcl: every run uses the same provider from then on"
    }
  done
}

# The environment of GitHub: main alone deploys to it, after a reviewer where there is one. A plan without reviewers refuses even an empty
# list of them (422). What GitHub answers is looked at, too: a rule that the plan does not have may be left out.
make_environment_of_github() {
  local people='[]' login id answer
  for login in "$@"; do
    id="$(gh api "users/$login" --jq .id)" || fail "GitHub has no user $login, or does not tell of it: --reviewer takes a login"
    people="$(jq -c --argjson id "$id" '. + [{type: "User", id: $id}]' <<<"$people")"
  done
  answer="$(jq -n --argjson people "$people" \
    '{deployment_branch_policy: {protected_branches: false, custom_branch_policies: true}}
      + if $people == [] then {} else {reviewers: $people} end' |
    gh api --method PUT "repos/$repository/environments/$environment" --input -)" || without_environments
  jq -e --argjson people "$people" '.deployment_branch_policy.custom_branch_policies == true and
    ([.protection_rules[]? | select(.type == "required_reviewers") | .reviewers[]] | length) >= ($people | length)' <<<"$answer" >/dev/null ||
    without_environments
  [[ $(gh api "repos/$repository/environments/$environment/deployment-branch-policies" --jq '[.branch_policies[].name] | index("main")') =~ ^[0-9]+$ ]] ||
    gh api --method POST "repos/$repository/environments/$environment/deployment-branch-policies" -f name=main >/dev/null
  [[ $environment != dev ]] || gh api --method PUT "repos/$repository/environments/plan" >/dev/null
}

without_environments() {
  fail "GitHub has no environments for $repository, or none with these rules: a private repository has them with GitHub Pro or Team, and reviewers" \
    "with GitHub Enterprise alone (docs/operations.md, First deployment). Or who is signed in does not administer it: gh auth status"
}

# set_variables ENVIRONMENT_OF_GITHUB
set_variables() {
  local name
  local -A value=([PROJECT_ID]="$project" [REGION]="$region")
  value[DEPLOY_PROVIDER]="$(bootstrap_terraform output -raw deploy_provider)"
  value[PLAN_PROVIDER]="$(bootstrap_terraform output -raw plan_provider)"
  for name in "${!value[@]}"; do
    gh variable set "$name" --repo "$repository" --env "$1" --body "${value[$name]}" >&2
  done
}

bootstrap_terraform() { terraform -chdir="$root/terraform/bootstrap" "$@"; }

init_bootstrap() { init_root terraform/bootstrap prefix=bootstrap; }

main "$@"

#!/usr/bin/env bash
# Prepares a project once: APIs, the bucket of Terraform's state, the image registry, the identities of GitHub's runs. Safe to
# run again; the last lines say what the repository's variables are.
#
# usage: bootstrap.sh [-h] PROJECT GITHUB_OWNER_ID GITHUB_REPOSITORY_ID
# The ids are numbers: gh api repos/OWNER/NAME --jq '.owner.id, .id'. The caller owns the project. REGION is us-central1
# unless it is set.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
  no_options "$@"
  (($# == 3)) || wrong 'a project and the two ids are needed'
  [[ $2 =~ ^[0-9]+$ && $3 =~ ^[0-9]+$ ]] || wrong 'the ids of GitHub are numbers'
  # the environment is none of bootstrap's
  target "$1" any
  local owner="$2" repository="$3"
  need gcloud terraform

  # what Terraform itself needs before it can switch on the others
  gcloud services enable --project="$project" cloudresourcemanager.googleapis.com serviceusage.googleapis.com \
    storage.googleapis.com iam.googleapis.com
  gcloud storage buckets describe "gs://$state_bucket" --project="$project" >/dev/null 2>&1 ||
    gcloud storage buckets create "gs://$state_bucket" --project="$project" --location="$region" \
      --uniform-bucket-level-access --public-access-prevention

  bootstrap_terraform init -input=false -reconfigure -backend-config="bucket=$state_bucket" -backend-config=prefix=bootstrap
  local -a variables=("-var=project_id=$project" "-var=region=$region" "-var=github_owner_id=$owner" "-var=github_repository_id=$repository")
  # the bucket was here first: Terraform takes it over
  bootstrap_terraform state show google_storage_bucket.state >/dev/null 2>&1 ||
    bootstrap_terraform import -input=false "${variables[@]}" google_storage_bucket.state "$project/$state_bucket"
  bootstrap_terraform apply -auto-approve -input=false -lock-timeout=5m "${variables[@]}"

  # Google makes these accounts on first use: a grant to one that is not there yet fails
  local api
  for api in pubsub eventarc; do
    gcloud beta services identity create --service="$api.googleapis.com" --project="$project" >/dev/null
  done

  printf '\nVariables of the GitHub repository (gh variable set NAME --body VALUE):\n'
  printf '  %s=%s\n' PROJECT_ID "$project" REGION "$region" \
    DEPLOY_PROVIDER "$(bootstrap_terraform output -raw deploy_provider)" \
    PLAN_PROVIDER "$(bootstrap_terraform output -raw plan_provider)"
  printf 'Keys of those who may publish, before the first deployment: docs/operations.md\n'
}

bootstrap_terraform() { terraform -chdir="$root/terraform/bootstrap" "$@"; }

main "$@"

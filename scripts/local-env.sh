# shellcheck shell=bash
# Points gcloud, bq and Google's client libraries at the pipeline of `npm start`. To be sourced: . scripts/local-env.sh
# The variables are Google's own, so the commands are the ones that work in the cloud. Undo it with a new shell.

export PROJECT_ID="${PROJECT_ID:-tablestream-local}"
export ENVIRONMENT="${ENVIRONMENT:-dev}"

# client libraries
export PUBSUB_EMULATOR_HOST="localhost:${LOCAL_PUBSUB_PORT:-8085}"
export BIGQUERY_EMULATOR_HOST="http://localhost:${LOCAL_BIGQUERY_PORT:-9050}"
export STORAGE_WRITE_ENDPOINT="http://localhost:${LOCAL_STORAGE_WRITE_PORT:-9060}"
export STORAGE_EMULATOR_HOST="http://localhost:${LOCAL_STORAGE_PORT:-4443}"
export METADATA_SERVER_DETECTION="none"
export GOOGLE_CLOUD_PROJECT="$PROJECT_ID"

# gcloud and bq: the slash at the end belongs there; any text serves as the token
export CLOUDSDK_CORE_PROJECT="$PROJECT_ID"
export CLOUDSDK_AUTH_ACCESS_TOKEN="local"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB="http://localhost:${LOCAL_PUBSUB_PORT:-8085}/"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY="http://localhost:${LOCAL_BIGQUERY_PORT:-9050}/"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE="http://localhost:${LOCAL_STORAGE_PORT:-4443}/storage/v1/"
export CLOUDSDK_CORE_DISABLE_PROMPTS="1"

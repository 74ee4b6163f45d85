# shellcheck shell=bash
# Points gcloud, bq and Google's client libraries at the pipeline of `npm start`. To be sourced: . scripts/local-env.sh
# The variables are Google's own, so the commands are the ones that work in the cloud. Undo it with a new shell.

# the file of npm start: what is set already stays
_tablestream_file="${ENV_FILE:-$(dirname "${BASH_SOURCE[0]:-$0}")/../.env}"
if [ -f "$_tablestream_file" ]; then
  while IFS='=' read -r _tablestream_name _tablestream_value; do
    case "$_tablestream_name" in
      LOCAL_*_PORT | LOCAL_PORT_OFFSET | PROJECT_ID | ENVIRONMENT)
        if eval "[ -z \"\${$_tablestream_name:-}\" ]"; then export "$_tablestream_name=$_tablestream_value"; fi
        ;;
    esac
  done <"$_tablestream_file"
fi
unset _tablestream_file _tablestream_name _tablestream_value
_tablestream_offset="${LOCAL_PORT_OFFSET:-0}"

export PROJECT_ID="${PROJECT_ID:-tablestream-local}"
export ENVIRONMENT="${ENVIRONMENT:-dev}"

# client libraries
export PUBSUB_EMULATOR_HOST="localhost:${LOCAL_PUBSUB_PORT:-$((8085 + _tablestream_offset))}"
export BIGQUERY_EMULATOR_HOST="http://localhost:${LOCAL_BIGQUERY_PORT:-$((9050 + _tablestream_offset))}"
export STORAGE_WRITE_ENDPOINT="http://localhost:${LOCAL_STORAGE_WRITE_PORT:-$((9060 + _tablestream_offset))}"
export STORAGE_EMULATOR_HOST="http://localhost:${LOCAL_STORAGE_PORT:-$((4443 + _tablestream_offset))}"
export METADATA_SERVER_DETECTION="none"
export GOOGLE_CLOUD_PROJECT="$PROJECT_ID"

# gcloud and bq: the slash at the end belongs there; any text serves as the token
export CLOUDSDK_CORE_PROJECT="$PROJECT_ID"
export CLOUDSDK_AUTH_ACCESS_TOKEN="local"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB="http://localhost:${LOCAL_PUBSUB_PORT:-$((8085 + _tablestream_offset))}/"
# local-cloud serves Eventarc beside Pub/Sub
export CLOUDSDK_API_ENDPOINT_OVERRIDES_EVENTARC="http://localhost:${LOCAL_PUBSUB_PORT:-$((8085 + _tablestream_offset))}/"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY="http://localhost:${LOCAL_BIGQUERY_PORT:-$((9050 + _tablestream_offset))}/"
export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE="http://localhost:${LOCAL_STORAGE_PORT:-$((4443 + _tablestream_offset))}/storage/v1/"
export CLOUDSDK_CORE_DISABLE_PROMPTS="1"
unset _tablestream_offset

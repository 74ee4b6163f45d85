import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderOfTests } from './folder-of-tests.ts'

interface FailOptions {
  readonly after?: number
  readonly times?: number
  /** What is said; of several, one after the other. */
  readonly message?: string | readonly string[]
}

export interface Deployed {
  readonly images?: Readonly<Record<string, string>>
  /** As Cloud Run tells it. */
  readonly revisions?: Readonly<Record<string, string>>
  /** Which environment bootstrap wrote on the bucket of the states. */
  readonly environment?: string
}

export interface FakeTools {
  /** For PATH, before everything else. */
  readonly bin: string
  /** For BASH_ENV: a clock that goes on when a script sleeps, and at once. */
  readonly clock: string
  /** The calls so far, one a line: `gcloud pubsub topics list …`. */
  calls(): readonly string[]
  forget(): void
  /** Calls that have this in them fail: all after so many that do not, and no more than so many. undefined: none does. */
  failOn(part: string | undefined, options?: FailOptions): void
  /** The variables of the last plan. */
  readonly variables: () => unknown
  /**
   * What tools are asked for in the test: the newest version of the keys, the log of a canary, what curl is answered (well, or a status),
   * what a tag names in the registry and what is built, after how many questions BigQuery has the rows, what environment the bucket of the
   * states holds, the state as it is pulled, the channels that people are told by, what a plan is about, the worker pools, and GitHub's
   * plan of a private repository (free, team, enterprise), which leaves out the rules that it does not have.
   */
  put(
    name:
      | 'keys'
      | 'versions'
      | 'environment'
      | 'outputs'
      | 'complaints'
      | 'http'
      | 'described'
      | 'manifest'
      | 'built'
      | 'found after'
      | 'pulled'
      | 'channels'
      | 'planned'
      | 'pools'
      | 'plan of github',
    text: string,
  ): void
  get(name: 'keys' | 'versions' | 'stdin'): string
  /** What is there, as KIND NAME: lists show it, and a deletion takes it away. */
  readonly things: () => readonly string[]
}

const digest = (letter: string) => `sha256:${letter.repeat(64)}`

/** As buildx tells of what it pushed: the image, and what it was built from and how, under one index. */
export const INDEX = {
  mediaType: 'application/vnd.oci.image.index.v1+json',
  digest: digest('1'),
  manifests: [
    { digest: digest('3'), platform: { architecture: 'unknown', os: 'unknown' } },
    { digest: digest('2'), platform: { architecture: 'amd64', os: 'linux' } },
  ],
}

/**
 * Commands that list, apply and delete things of some files, and do nothing else. Tests call them thousands of times: where bash itself can
 * do it, no program is started.
 */
const SCRIPT = String.raw`state="${'${0%/bin/*}'}/state"
tool="${'${0##*/}'}"
call="$tool $*"
printf '%s\n' "$call" >>"$state/calls"
part="$(<"$state/fail")"
if [[ -n $part && $call == *"$part"* ]]; then
  number=$(grep -cF -- "$part" "$state/calls")
  after="$(cat "$state/after")"
  if ((number > after && number <= $(cat "$state/until"))); then
    place=$((number - after - 1)) last=$(<"$state/last message")
    message="$(<"$state/message $((place < last ? place : last))")"
    # bq says it where its answer would be
    if [[ $tool == bq ]]; then printf '%s\n' "$message"; else printf '%s\n' "$message" >&2; fi
    exit 1
  fi
fi
list() {
  while read -r kind name; do [[ $kind != "$1" ]] || printf '%s\n' "$name"; done <"$state/things"
}
remove() { grep -vxF "$1 $2" "$state/things" >"$state/rest"; mv "$state/rest" "$state/things"; }
case "$call" in
  'terraform '*' output -json') cat "$state/outputs" ;;
  'terraform '*' output -raw '*) printf '%s' "value of $4" ;;
  'terraform '*' plan '*now.tfvars.json*) cp "$(sed -E 's/.*-var-file=(\S+now\.tfvars\.json).*/\1/' <<<"$call")" "$state/tfvars" ;;
  'terraform '*' apply '*'/plan')
    jq --slurpfile now "$state/tfvars" '.images.value = $now[0].images' "$state/outputs" >"$state/rest"
    mv "$state/rest" "$state/outputs"
    jq '.images | map_values(.[-4:] | "revision-" + .)' "$state/tfvars" >"$state/revisions" ;;
  'terraform '*' state pull') cat "$state/pulled" ;;
  'terraform '*' state rm '*)
    # as Terraform does: what it does not have is an error, and nothing is forgotten
    for address in "${'${@:4}'}"; do
      [[ $address != -* ]] || continue
      name="${'${address%%[*}'}"
      jq -e --arg name "$name" 'any(.resources[]; "\(.type).\(.name)" == $name)' "$state/pulled" >/dev/null || {
        printf 'Error: Invalid target address\n\nNo matching objects found.\n' >&2
        exit 1
      }
    done
    for address in "${'${@:4}'}"; do
      jq --arg name "${'${address%%[*}'}" '.resources |= map(select("\(.type).\(.name)" != $name))' "$state/pulled" >"$state/rest"
      mv "$state/rest" "$state/pulled"
    done ;;
  'terraform '*' show -json '*) cat "$state/planned" ;;
  'terraform '*' destroy '*-target=*) ;;
  'terraform '*' destroy '*)
    : >"$state/pulled"
    # with its resources a state loses its outputs
    printf '{}' >"$state/outputs"
    grep -v '^service ' "$state/things" >"$state/rest"; mv "$state/rest" "$state/things" ;;
  'gcloud storage buckets describe'*)
    [[ -s $state/environment ]] || exit 1
    printf 'US-CENTRAL1\t%s\n' "$(<"$state/environment")" ;;
  'gcloud secrets versions list'*) cat "$state/versions" ;;
  'gcloud secrets versions access'*) cat "$state/keys" ;;
  'gcloud secrets versions add'*) cat >"$state/keys"; printf '9\tENABLED\n' >>"$state/versions" ;;
  'gcloud logging read'*) cat "$state/complaints" ;;
  'gcloud auth print-identity-token'*) sed -E 's/.*--audiences=(\S+).*/token for \1/' <<<"$call" ;;
  'gcloud run services describe'*--format=json) jq --slurpfile now "$state/revisions" '.status.latestReadyRevisionName = $now[0][$ARGS.positional[0]]' "$state/described" --args "$4" ;;
  'gcloud run jobs describe'*) cat "$state/described" ;;
  'gcloud run services describe'*) printf 'https://%s.run.app\n' "$4" ;;
  'gcloud '*'worker-pools describe'*) 
    jq '{terminalCondition: {state: "CONDITION_SUCCEEDED"}, latestReadyRevision: ("projects/p/locations/l/workerPools/w/revisions/" + (."stream-writer" // ""))}' "$state/revisions" ;;
  'gh api repos/our/repository --jq'*) printf '1234 5678\n' ;;
  'gh api users/'*) printf '42\n' ;;
  'gh api '*deployment-branch-policies' --jq'*) printf 'null\n' ;;
  'gh api '*'--input -')
    body="$(tee -a "$state/stdin")" plan="$(cat "$state/plan of github")"
    # a rule that the plan of a private repository does not have is refused, an empty one too
    if [[ $plan == team ]] && jq -e 'has("reviewers")' <<<"$body" >/dev/null; then
      printf '{"message":"Failed to create the environment protection rule.","status":"422"}\n'
      printf 'gh: Failed to create the environment protection rule. (HTTP 422)\n' >&2
      exit 1
    fi
    jq --arg plan "$plan" 'if $plan == "free" then {} else
      {deployment_branch_policy, protection_rules: [if .reviewers then {type: "required_reviewers", reviewers} else empty end]} end' <<<"$body" ;;
  'curl '*)
    http="$(cat "$state/http")"
    # as Cloud Run answers: 403 to nobody
    [[ $http != well || $call == *Authorization* ]] || http=403
    printf '%s' "${'${http/well/200}'}" ;;
  'gcloud beta monitoring channels list'*--format=json*) cat "$state/channels" ;;
  'gcloud beta monitoring channels create'*) cat >"$state/stdin"; printf 'projects/a-project/notificationChannels/42\n' ;;
  'gcloud beta monitoring channels update'*) cat >"$state/stdin" ;;
  'gcloud eventarc triggers list'*) list trigger ;;
  'gcloud dataflow jobs list'*) list job ;;
  'gcloud run services list'*) list service ;;
  'gcloud scheduler jobs list'*) list schedule ;;
  'gcloud workflows list'*) list workflow ;;
  'gcloud run jobs list'*) list run-job ;;
  'gcloud scheduler jobs delete'*) remove schedule "$4" ;;
  'gcloud workflows delete'*) remove workflow "$3" ;;
  'gcloud run jobs delete'*) remove run-job "$4" ;;
  'gcloud beta run worker-pools list'*--format=json) cat "$state/pools" ;;
  # by the version of gcloud, its name is in one of two places, and one that looks in one of them alone may see nothing
  'gcloud beta run worker-pools list'*'firstof(metadata.name,name)'*) list worker-pool ;;
  'gcloud parametermanager parameters list'*) list parameter ;;
  'gcloud parametermanager parameters create'*) printf 'parameter %s\n' "$4" >>"$state/things" ;;
  'gcloud parametermanager parameters delete'*) remove parameter "$4" ;;
  'gcloud parametermanager parameters versions list'*) list parameter-version ;;
  'gcloud parametermanager parameters versions create'*)
    printf 'parameter-version %s\n' "$5" >>"$state/things"
    cat "${'${call##*--payload-data-from-file=}'}" >"$state/stdin" ;;
  'gcloud parametermanager parameters versions delete'*) remove parameter-version "$5" ;;
  'gcloud pubsub subscriptions list'*) list subscription ;;
  'gcloud pubsub topics list'*) list topic ;;
  'gcloud storage buckets list'*) list bucket ;;
  'gcloud run services delete'*) remove service "$4" ;;
  'gcloud pubsub subscriptions delete'*) remove subscription "$4" ;;
  'gcloud pubsub topics delete'*) remove topic "$4" ;;
  'gcloud storage rm --recursive gs://'*) remove bucket "${'${4#gs://}'}" ;;
  'docker buildx imagetools inspect'*)
    if [[ ! -s $state/manifest ]]; then
      printf 'ERROR: %s: not found\n' "$4" >&2
      exit 1
    fi
    cat "$state/manifest" ;;
  'docker buildx build '*) mv "$state/built" "$state/manifest" ;;
  'bq query '*)
    asked=$(grep -c '^bq query' "$state/calls")
    printf '[{"found": "%s"}]' "$((asked > $(cat "$state/found after")))" ;;
  'bq ls'*) list dataset | jq -R '{datasetReference: {datasetId: .}}' | jq -s . ;;
  'bq rm -r -f -d'*) remove dataset "${'${5#*:}'}" ;;
esac
exit 0
`

/** With no search for it in each call. */
const bash = execFileSync('bash', ['-c', 'printf %s "$BASH"'], { encoding: 'utf8' })

export function fakeTools(things: readonly string[], deployed: Deployed = {}): FakeTools {
  const folder = folderOfTests('tablestream-tools-')
  const bin = join(folder, 'bin')
  const state = join(folder, 'state')
  mkdirSync(bin)
  mkdirSync(state)
  for (const tool of ['gcloud', 'bq', 'terraform', 'gh', 'curl', 'docker', 'npm']) {
    writeFileSync(join(bin, tool), `#!${bash}\n${SCRIPT}`)
    chmodSync(join(bin, tool), 0o755)
  }
  const write = (name: string, text: string) => writeFileSync(join(state, name), text)
  const read = (name: string) => readFileSync(join(state, name), 'utf8')
  const lines = (name: string) => read(name).split('\n').filter(Boolean)
  write('things', things.map((thing) => `${thing}\n`).join(''))
  for (const name of ['calls', 'fail', 'complaints', 'keys', 'stdin', 'tfvars', 'manifest', 'pulled'])
    write(name, '')
  write('environment', `${deployed.environment ?? 'dev'}\n`)
  write('versions', '3\tENABLED\n2\tDISABLED\n')
  write('http', 'well')
  write('found after', '0')
  write('channels', '[]')
  write('planned', '{}')
  write('pools', '[]')
  write('plan of github', 'enterprise')
  write('built', JSON.stringify(INDEX))
  write('clock', 'sleep() { SECONDS=$((SECONDS + $1)); }\n')
  write(
    'described',
    JSON.stringify({
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
      env: [{ name: 'TOKEN_AUDIENCE', value: 'https://the.audience' }],
    }),
  )
  // as Terraform answers where nothing was applied yet
  const { images, revisions = {} } = deployed
  write('outputs', JSON.stringify(images === undefined ? {} : { images: { value: images } }))
  write('revisions', JSON.stringify(revisions))
  return {
    bin,
    clock: join(state, 'clock'),
    calls: () => lines('calls'),
    forget: () => write('calls', ''),
    failOn(part, { after = 0, times = 1000, message = 'the network is down' } = {}) {
      write('fail', part ?? '')
      write('after', String(after))
      write('until', String(after + times))
      const messages = [message].flat()
      for (const [place, text] of messages.entries()) write(`message ${place}`, text)
      write('last message', String(messages.length - 1))
    },
    variables: () => JSON.parse(read('tfvars')) as unknown,
    put: write,
    get: read,
    things: () => lines('things'),
  }
}

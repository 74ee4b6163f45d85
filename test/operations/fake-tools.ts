import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface FailOptions {
  readonly after?: number
  readonly times?: number
  readonly message?: string
}

export interface FakeTools {
  /** For PATH, before everything else. */
  readonly bin: string
  /** The calls so far, one a line: `gcloud pubsub topics list …`. */
  calls(): readonly string[]
  forget(): void
  /** Calls that have this in them fail: all after so many that do not, and no more than so many. undefined: none does. */
  failOn(part: string | undefined, options?: FailOptions): void
  /** The variables of the last plan. */
  readonly variables: () => unknown
  /** What is there, as KIND NAME: lists show it, and a deletion takes it away. */
  readonly things: () => readonly string[]
}

/** Commands that list and delete things of a file, and do nothing else. */
const SCRIPT = String.raw`#!/usr/bin/env bash
state="$(dirname "$0")/../state"
tool="$(basename "$0")"
call="$tool $*"
printf '%s\n' "$call" >>"$state/calls"
part="$(cat "$state/fail")"
if [[ -n $part && $call == *"$part"* ]]; then
  number=$(grep -cF -- "$part" "$state/calls")
  if ((number > $(cat "$state/after") && number <= $(cat "$state/until"))); then
    cat "$state/message" >&2
    exit 1
  fi
fi
list() { sed -n "s|^$1 ||p" "$state/things"; }
remove() { grep -vxF "$1 $2" "$state/things" >"$state/rest"; mv "$state/rest" "$state/things"; }
case "$call" in
  'terraform '*' output -json') cat "$state/outputs" ;;
  'terraform '*' plan '*) cp "$(sed -E 's/.*-var-file=(\S+now\.tfvars\.json).*/\1/' <<<"$call")" "$state/tfvars" ;;
  'terraform '*' destroy '*) grep -v '^service ' "$state/things" >"$state/rest"; mv "$state/rest" "$state/things" ;;
  'gcloud eventarc triggers list'*) list trigger ;;
  'gcloud dataflow jobs list'*) list job ;;
  'gcloud run services list'*) list service ;;
  'gcloud beta run worker-pools list'*) list worker-pool ;;
  'gcloud pubsub subscriptions list'*) list subscription ;;
  'gcloud pubsub topics list'*) list topic ;;
  'gcloud storage buckets list'*) list bucket ;;
  'gcloud iam service-accounts list'*) list account ;;
  'gcloud pubsub subscriptions delete'*) remove subscription "$4" ;;
  'gcloud pubsub topics delete'*) remove topic "$4" ;;
  'gcloud iam service-accounts delete'*) remove account "$4" ;;
  'gcloud storage rm --recursive gs://'*) remove bucket "${'${4#gs://}'}" ;;
  'bq ls'*) list dataset | jq -R '{datasetReference: {datasetId: .}}' | jq -s . ;;
  'bq rm -r -f -d'*) remove dataset "${'${5#*:}'}" ;;
esac
exit 0
`

export function fakeTools(things: readonly string[], images?: Readonly<Record<string, string>>): FakeTools {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-tools-'))
  const bin = join(folder, 'bin')
  const state = join(folder, 'state')
  mkdirSync(bin)
  mkdirSync(state)
  for (const tool of ['gcloud', 'bq', 'terraform']) {
    writeFileSync(join(bin, tool), SCRIPT)
    chmodSync(join(bin, tool), 0o755)
  }
  const write = (name: string, text: string) => writeFileSync(join(state, name), text)
  const lines = (name: string) => readFileSync(join(state, name), 'utf8').split('\n').filter(Boolean)
  write('things', things.map((thing) => `${thing}\n`).join(''))
  write('calls', '')
  write('fail', '')
  // as Terraform answers where nothing was applied yet
  write('outputs', JSON.stringify(images === undefined ? {} : { images: { value: images } }))
  return {
    bin,
    calls: () => lines('calls'),
    forget: () => write('calls', ''),
    failOn(part, { after = 0, times = 1000, message = 'the network is down' } = {}) {
      write('fail', part ?? '')
      write('after', String(after))
      write('until', String(after + times))
      write('message', `${message}\n`)
    },
    variables: () => JSON.parse(readFileSync(join(state, 'tfvars'), 'utf8')) as unknown,
    things: () => lines('things'),
  }
}

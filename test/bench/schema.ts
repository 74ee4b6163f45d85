import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Shop } from '@tablestream/event-generator'
import {
  inferColumns,
  mergeColumns,
  parseJson,
  plan,
  survey,
  type Column,
  type JsonObject,
} from '@tablestream/table-schema'
import { line, median } from './measure.ts'

/** What others use to get the columns of JSON records: bxparks/bigquery-schema-generator, of PyPI. */
const PEER = 'bigquery-schema-generator'
const PEER_VERSION = '1.6.1'
const PEER_MODULE = 'bigquery_schema_generator.generate_schema'

/** Records a second of CPU from JSON to columns, beside the peer on the same file, in turns. */
export function schema(records: number, rounds: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-schema-'))
  try {
    const file = join(folder, 'orders.jsonl')
    const shop = new Shop({ seed: 1, now: () => new Date('2026-01-01T00:00:00Z') })
    const texts = Array.from({ length: records }, () => `${JSON.stringify(shop.next('order'))}\n`)
    writeFileSync(file, texts.join(''))
    const bytes = readFileSync(file)
    console.log(
      `${records} orders, ${Math.round(bytes.length / records)} bytes each; Node ${process.version}`,
    )
    const peer = install(join(folder, 'python'))
    const ours = {
      'parse + infer + merge': () => lines(bytes).reduce(inferInto, [] as readonly Column[]),
      'parse + plan': () => lines(bytes).reduce(planInto, undefined as readonly Column[] | undefined),
    }
    // the engine compiles what it sees often: what runs for weeks is measured, and not its first second
    for (const work of Object.values(ours)) work()
    const seconds: Record<string, number[]> = {}
    for (let round = 0; round < rounds; round++) {
      for (const [name, work] of Object.entries(ours)) (seconds[name] ??= []).push(secondsOf(work))
      if (peer) (seconds[PEER] ??= []).push(peer(file) - peer('/dev/null'))
    }
    const theirs = median(seconds[PEER] ?? [])
    for (const name of Object.keys(ours)) {
      const took = median(seconds[name]!)
      const times = peer ? `: ${(theirs / took).toFixed(1)} × the peer` : ''
      line(Math.round(records / took), `records a second of CPU, ${name} (table-schema)${times}`)
    }
    if (peer)
      line(
        Math.round(records / theirs),
        `records a second of CPU, ${PEER} ${PEER_VERSION}, without its start`,
      )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lines(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  for (let start = 0, end = 0; (end = bytes.indexOf(10, start)) >= 0; start = end + 1)
    found.push(bytes.subarray(start, end))
  return found
}

function parse(bytes: Buffer): JsonObject {
  return parseJson(bytes.toString(), survey(bytes)) as JsonObject
}

function inferInto(columns: readonly Column[], record: Buffer): readonly Column[] {
  return mergeColumns(columns, inferColumns(parse(record)))
}

function planInto(columns: readonly Column[] | undefined, record: Buffer): readonly Column[] {
  return plan(columns, parse(record)).columns
}

/** Seconds of CPU, garbage included. */
function secondsOf(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const RUN_AND_TELL_CPU = `
import resource, runpy, sys
sys.argv = ['generate_schema', '--debugging_interval', '1000000000']
runpy.run_module('${PEER_MODULE}', run_name='__main__')
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, file=sys.stderr)
`

/** The peer: seconds of CPU of a process that reads the file. Undefined, and said so, where there is no Python or no PyPI. */
function install(folder: string): ((file: string) => number) | undefined {
  const python = (args: readonly string[], input: 'ignore' | number) =>
    spawnSync('python3', args, {
      stdio: [input, 'ignore', 'pipe'],
      env: { ...process.env, PYTHONPATH: folder },
      encoding: 'utf8',
    })
  const options = ['--quiet', '--disable-pip-version-check', '--target', folder]
  const installed = python(['-m', 'pip', 'install', ...options, `${PEER}==${PEER_VERSION}`], 'ignore')
  if (installed.status !== 0) {
    const cause = installed.error?.message ?? lastLine(installed.stderr)
    console.log(`without ${PEER}: python3 -m pip does not install it (${cause})`)
    return undefined
  }
  return (file) => {
    const input = openSync(file, 'r')
    try {
      const { status, stderr } = python(['-c', RUN_AND_TELL_CPU], input)
      if (status !== 0) throw new Error(`${PEER} failed: ${stderr}`)
      return Number(lastLine(stderr))
    } finally {
      closeSync(input)
    }
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

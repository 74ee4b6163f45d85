import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { Shop } from '@tablestream/event-generator'
import { nodeFlags } from '../../scripts/start/service-process.ts'
import { makeLoadBucket } from '../end-to-end/loader.ts'
import { DATASET, PROJECT, startPipeline, type Pipeline } from '../end-to-end/pipeline.ts'
import { otherFormats } from './load-formats.ts'
import { cpuOf, line } from './measure.ts'

const LOAD = fileURLToPath(new URL('../../scripts/load.ts', import.meta.url))
/** How often the shape of the other file changes. */
const SHAPES = 200

/** Files of orders into their tables, local-cloud included, beside JSON.parse and DuckDB's reader of the same files. */
export async function batchLoad(orders: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-load-'))
  try {
    const plain = join(folder, 'plain.ndjson')
    const changing = join(folder, 'changing.ndjson')
    await writeOrders(plain, orders, 'order', () => '')
    const each = Math.max(1, Math.floor(orders / SHAPES))
    await writeOrders(
      changing,
      orders,
      'changing_order',
      (at) => `,"new_${Math.floor(at / each)}":"value ${at}"`,
    )
    const { size } = statSync(plain)
    console.log(`${orders} orders, ${Math.round(size / orders)} bytes each; Node ${process.version}`)
    report('lines a second, JSON.parse', orders, await parseSeconds(plain))
    const lines = `read_json('${plain}', format = 'newline_delimited')`
    report("lines a second, DuckDB's own reader into a table", orders, await duckDbSeconds(lines))
    const one = await loadInto(plain, ['--dry-run'])
    report(
      `records a second, judged and planned (--dry-run): ${eachOf(one.cpu, orders)} µs of CPU a record`,
      orders,
      one.seconds,
    )
    const whole = await loadInto(plain, [])
    report(
      `records a second into their table, local-cloud included; the loader itself: ${eachOf(whole.cpu, orders)} µs of CPU a record, ${whole.megabytes} MB RSS at most`,
      orders,
      whole.seconds,
    )
    const other = await loadInto(changing, [])
    const times = (other.seconds / whole.seconds).toFixed(2)
    report(
      `records a second of a file whose shape changes ${SHAPES} times: ${times} × the seconds`,
      orders,
      other.seconds,
    )
    for (const { what, path, reader } of await otherFormats(folder, plain)) {
      const bytesEach = `${Math.round(statSync(path).size / orders)} bytes each`
      if (reader !== undefined)
        report(`records a second, DuckDB's own reader of ${what}`, orders, await duckDbSeconds(reader))
      const { seconds, cpu, megabytes } = await loadInto(path, [])
      report(
        `records a second of ${what}, ${bytesEach}, into their table: ${eachOf(cpu, orders)} µs of CPU a record, ${megabytes} MB RSS at most`,
        orders,
        seconds,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(what: string, orders: number, seconds: number): void {
  line(Math.round(orders / seconds), what)
}

const eachOf = (seconds: number, orders: number) => ((seconds * 1e6) / orders).toFixed(1)

async function writeOrders(
  path: string,
  orders: number,
  type: string,
  more: (at: number) => string,
): Promise<void> {
  const shop = new Shop({ seed: 1, now: () => new Date('2026-01-01T00:00:00Z') })
  const file = createWriteStream(path)
  for (let at = 0; at < orders; at++) {
    const text = JSON.stringify({ ...shop.next('order'), event_type: type, event_id: `o${at}` })
    if (!file.write(`${text.slice(0, -1)}${more(at)}}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}

async function parseSeconds(path: string): Promise<number> {
  const began = performance.now()
  let fields = 0
  for await (const text of createInterface({ input: createReadStream(path) }))
    fields += Object.keys(JSON.parse(text) as object).length
  if (fields === 0) throw new Error(`${path} has no fields`)
  return (performance.now() - began) / 1000
}

/** @param reader in SQL */
async function duckDbSeconds(reader: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const began = performance.now()
  await connection.run(`CREATE TABLE orders AS SELECT * FROM ${reader}`)
  const seconds = (performance.now() - began) / 1000
  connection.closeSync()
  instance.closeSync()
  return seconds
}

interface Loading {
  /** Without the start of the process. */
  readonly seconds: number
  readonly megabytes: number
  /** CPU seconds of the loader alone. */
  readonly cpu: number
}

async function loadInto(path: string, options: readonly string[]): Promise<Loading> {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  try {
    await makeLoadBucket(pipeline)
    const start = await run(pipeline, ['-h'])
    const loaded = await run(pipeline, [path, ...options])
    return { ...loaded, seconds: loaded.seconds - start.seconds, cpu: loaded.cpu - start.cpu }
  } finally {
    await pipeline.close()
  }
}

/** How often its memory is looked at. */
const LOOK_MS = 50

async function run({ cloud }: Pipeline, args: readonly string[]): Promise<Loading> {
  const began = performance.now()
  const child = spawn(process.execPath, [...nodeFlags('batch-loader'), LOAD, ...args], {
    env: { ...process.env, ...cloud.environment, PROJECT_ID: PROJECT, DATASET, ENVIRONMENT: 'dev' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let kilobytes = 0
  let cpu = 0
  const look = setInterval(() => {
    kilobytes = Math.max(kilobytes, peakOf(child.pid!))
    cpu = Math.max(cpu, (cpuOf(child.pid) ?? 0) / 1e6)
  }, LOOK_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(look)
  if (code !== 0) throw new Error(`load ${args.join(' ')} ended with ${code}`)
  return { seconds: (performance.now() - began) / 1000, megabytes: Math.round(kilobytes / 1000), cpu }
}

/** Kilobytes that a process has had at most; 0 where there is no such process, or no /proc. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

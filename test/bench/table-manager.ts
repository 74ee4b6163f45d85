import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startPipeline } from '../end-to-end/pipeline.ts'
import type { LoadResult } from './deliveries.ts'
import { cpuOf, line, median } from './measure.ts'

const CONNECTIONS = 64
const WARM_UP_SECONDS = 1

interface Round extends LoadResult {
  /** CPU microseconds of the server for a request. */
  readonly us: number
}

/**
 * Orders as Eventarc delivers them, whose table is there, over 64 connections, so many rounds of so many seconds, in turns with a bare
 * Fastify route under the same load.
 */
export async function tableManager(rounds: number, seconds: number): Promise<void> {
  const pipeline = await startPipeline({
    services: ['table-manager'],
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-route.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [bareUrl] = (await once(createInterface(bare.stdout), 'line')) as [string]
    const ours: Round[] = []
    const theirs: Round[] = []
    await load(pipeline.managerUrl, pipeline.tableManager.pid, WARM_UP_SECONDS)
    for (let round = 0; round < rounds; round++) {
      ours.push(await load(pipeline.managerUrl, pipeline.tableManager.pid, seconds))
      theirs.push(await load(`${bareUrl}/events`, bare.pid, seconds))
    }
    const of = (all: readonly Round[], figure: keyof Round) => median(all.map((round) => round[figure]))
    line(Math.round(of(ours, 'rate')), `deliveries/s taken by table-manager, ${CONNECTIONS} connections`)
    line(Math.round(of(theirs, 'rate')), 'requests/s of a bare Fastify route that only parses the body')
    line(
      [ours, theirs].map((all) => of(all, 'us').toFixed(1)).join(' / '),
      'µs CPU of the two servers for a request',
    )
    line(Math.round(1e6 / of(ours, 'us')), 'deliveries/s a core of table-manager')
    line(
      ours.reduce((sum, { failures }) => sum + failures, 0),
      'answers that were not 204',
    )
  } finally {
    bare.kill()
    await pipeline.close()
  }
}

/** A round of load, from a process of its own: this one is Pub/Sub and BigQuery. */
async function load(url: string, pid: number | undefined, seconds: number): Promise<Round> {
  const before = cpuOf(pid) ?? Number.NaN
  const script = fileURLToPath(new URL('deliveries.ts', import.meta.url))
  const child = fork(script, [url, String(CONNECTIONS), String(seconds)])
  const [round] = (await once(child, 'message')) as [LoadResult]
  child.disconnect()
  return { ...round, us: ((cpuOf(pid) ?? Number.NaN) - before) / round.answered }
}

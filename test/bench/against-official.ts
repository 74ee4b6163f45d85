import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import { poll } from '../../scripts/poll.ts'
import { eachRow } from '../end-to-end/read-table.ts'
import { DATASET, PROJECT, startPipeline, type Pipeline } from '../end-to-end/pipeline.ts'
import { cpuOf, line } from './measure.ts'

const TABLE = 'orders_official'
const SUBSCRIPTION = 'orders-official'
/** The part of the events that each writer gets to warm up with. */
const WARM_UP = 0.3

/**
 * The same backlog of orders through stream-writer and through Google's own libraries, one after the other: events a second
 * of CPU time, from when a third of them is written to the last one.
 */
export async function againstOfficial(events: number): Promise<void> {
  const pipeline = await startPipeline({
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  const { cloud, streamWriter } = pipeline
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint, emulatorMode: true })
  let official: ChildProcess | undefined
  try {
    await generate(pipeline, 1)
    await drained(pipeline)
    await streamWriter.stop()
    await copyTable(cloud.bigqueryPort)
    await pubsub.topic('backend-events-topic').createSubscription(SUBSCRIPTION, { ackDeadlineSeconds: 600 })
    await generate(pipeline, events)
    await pipeline.eventGenerator.stop()
    // it takes its share of the events by a subscription of its own
    await poll(() => (isDrained(pipeline, /eventarc/) ? true : undefined), {
      timeoutMs: 300_000,
      what: 'every event seen by table-manager',
    })
    streamWriter.start()
    const ours = await cpuAnEvent(pipeline, 'orders', streamWriter.pid, events)
    await streamWriter.stop()
    const script = fileURLToPath(new URL('official-writer.ts', import.meta.url))
    official = spawn(process.execPath, [script, PROJECT, DATASET, TABLE, SUBSCRIPTION], {
      env: { ...process.env, ...cloud.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const theirs = await cpuAnEvent(pipeline, TABLE, official.pid, events)
    await checkRows(pipeline, events)
    line(Math.round(1e6 / ours), `events/s of CPU  stream-writer (${ours.toFixed(1)} µs an event)`)
    line(
      Math.round(1e6 / theirs),
      `events/s of CPU  Google's subscriber and JSONWriter (${theirs.toFixed(1)} µs)`,
    )
    line((theirs / ours).toFixed(1), '× as many events a second of CPU; the rows of both are equal')
  } finally {
    official?.kill()
    await pubsub.close()
    await pipeline.close()
  }
}

/** CPU microseconds of a process for an event, after its warm-up. */
async function cpuAnEvent(
  { clients }: Pipeline,
  table: string,
  pid: number | undefined,
  events: number,
): Promise<number> {
  let warm: { readonly rows: number; readonly cpu: number } | undefined
  return poll(
    async () => {
      const rows = await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.${table}`)
      const cpu = cpuOf(pid) ?? 0
      if (rows >= events * WARM_UP) warm ??= { rows, cpu }
      return warm && rows >= events ? (cpu - warm.cpu) / (rows - warm.rows) : undefined
    },
    { timeoutMs: 300_000, everyMs: 50, what: `${events} rows in ${table}` },
  )
}

async function generate({ generatorUrl }: Pipeline, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 10_000) {
    const url = `${generatorUrl}/generate/order?count=${Math.min(left, 10_000)}`
    const response = await fetch(url, { method: 'POST' })
    if (!response.ok) throw new Error(await response.text())
    await response.arrayBuffer()
  }
}

async function drained(pipeline: Pipeline): Promise<void> {
  await poll(() => (isDrained(pipeline) ? true : undefined), {
    timeoutMs: 60_000,
    what: 'every event settled',
  })
}

function isDrained({ cloud }: Pipeline, subscriptions = /./): boolean {
  const backlog = Object.entries(cloud.backlog()).filter(([name]) => subscriptions.test(name))
  return backlog.every(([, count]) => count === 0)
}

/** The table that the other writer gets: of the same columns. */
async function copyTable(port: number): Promise<void> {
  const dataset = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${port}` }).dataset(
    DATASET,
  )
  const [{ schema }] = (await dataset.table('orders').getMetadata()) as unknown as [{ schema: object }]
  await dataset.createTable(TABLE, { schema })
}

async function checkRows(pipeline: Pipeline, count: number): Promise<void> {
  const ours = new Map<string, unknown>()
  for await (const { eventId, record } of eachRow(pipeline, 'orders')) ours.set(eventId, record)
  // events that Google's subscriber was given twice are rows twice
  const compared = new Set<string>()
  for await (const { eventId, record } of eachRow(pipeline, TABLE)) {
    if (!isDeepStrictEqual(record, ours.get(eventId))) throw new Error(`the rows of ${eventId} differ`)
    compared.add(eventId)
  }
  if (compared.size !== count) throw new Error(`${compared.size} events were compared, not ${count}`)
}

import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import { Shop } from '@tablestream/event-generator'
import { poll } from '../../scripts/poll.ts'
import { eachRow } from '../end-to-end/read-table.ts'
import { DATASET, PROJECT, startPipeline, WITH_GENERATOR, type Pipeline } from '../end-to-end/pipeline.ts'
import { costBetween, cpuOf, line, median, microsecondsEach, type Work } from './measure.ts'

const TABLE = 'orders_official'
const SUBSCRIPTION = 'orders-official'
const FIRST_ORDERS = 300

/**
 * The same backlog of orders through stream-writer and through Google's own libraries, at the same time and so under the
 * same load: events a second of CPU time, from when both have warmed up until one of them is through. stream-writer, which may be through
 * before the other one is warm, begins last.
 *
 * @param warmUp rows that each writer gets to warm up with
 */
export async function againstOfficial(events: number, warmUp: number): Promise<void> {
  const pipeline = await startPipeline({
    services: WITH_GENERATOR,
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  const { cloud, streamWriter } = pipeline
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint, emulatorMode: true })
  let official: ChildProcess | undefined
  try {
    // enough that the table has every column that an order may bring: the other writer gets a copy of it
    await generate(pipeline, FIRST_ORDERS)
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
    const script = fileURLToPath(new URL('official-writer.ts', import.meta.url))
    official = spawn(process.execPath, [script, PROJECT, DATASET, TABLE, SUBSCRIPTION], {
      env: { ...process.env, ...cloud.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    await rowsOf(pipeline, TABLE, warmUp)
    streamWriter.start()
    const [ours, theirs] = await compare(pipeline, [streamWriter.pid, official.pid], events, warmUp)
    // either may be through first
    await rowsOf(pipeline, TABLE, events)
    await rowsOf(pipeline, 'orders', FIRST_ORDERS + events)
    await checkRows(pipeline, events)
    line(Math.round(1e6 / ours), `events/s of CPU  stream-writer (${ours.toFixed(1)} µs an event)`)
    line(
      Math.round(1e6 / theirs),
      `events/s of CPU  Google's subscriber and JSONWriter (${theirs.toFixed(1)} µs)`,
    )
    line((theirs / ours).toFixed(1), '× as many events a second of CPU; the rows of both are equal')
    const parse = parseMicroseconds()
    line(
      (ours / parse).toFixed(1),
      `× JSON.parse of an order (${parse.toFixed(1)} µs): the whole process of stream-writer`,
    )
  } finally {
    official?.kill()
    await pubsub.close()
    await pipeline.close()
  }
}

/** What JSON.parse alone takes for such an order, once it is warm. */
export function parseMicroseconds(): number {
  const shop = new Shop({ seed: 1, now: () => new Date() })
  const texts = Array.from({ length: 3000 }, () => JSON.stringify(shop.next('order')))
  return median(Array.from({ length: 15 }, () => microsecondsEach(texts, (text) => void JSON.parse(text))))
}

type Pair<T> = readonly [ours: T, theirs: T]

/**
 * CPU microseconds that each process takes for an event; NaN where it has too few left once both are warm. Both acknowledge what is a
 * row: the backlog says how many are, at once, where a query would hold up both until their rows are in DuckDB.
 */
async function compare(
  { cloud }: Pipeline,
  [ourPid, theirPid]: Pair<number | undefined>,
  events: number,
  warmUp: number,
): Promise<Pair<number>> {
  const work = (subscription: string, pid: number | undefined): Work => {
    const left = cloud.backlog()[`projects/${PROJECT}/subscriptions/${subscription}`]
    return { events: events - (left ?? Number.NaN), cpu: cpuOf(pid) ?? Number.NaN }
  }
  let warm: Pair<Work> | undefined
  return poll(
    () => {
      const now = [work('backend-events-topic-sub', ourPid), work(SUBSCRIPTION, theirPid)] as const
      if (now.every((each) => each.events >= warmUp)) warm ??= now
      if (!warm || now.every((each) => each.events < events)) return undefined
      return [costBetween(warm[0], now[0]), costBetween(warm[1], now[1])] as const
    },
    { timeoutMs: 300_000, everyMs: 20, what: `${events} rows` },
  )
}

function countOf({ clients }: Pipeline, table: string): Promise<number> {
  return clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.${table}`)
}

async function rowsOf(pipeline: Pipeline, table: string, events: number): Promise<void> {
  await poll(async () => ((await countOf(pipeline, table)) >= events ? true : undefined), {
    timeoutMs: 300_000,
    everyMs: 200,
    what: `${events} rows in ${table}`,
  })
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
    const own = ours.get(eventId)
    if (!isDeepStrictEqual(record, own))
      throw new Error(`the rows of ${eventId} differ: ${JSON.stringify(own)} and ${JSON.stringify(record)}`)
    compared.add(eventId)
  }
  if (compared.size !== count) throw new Error(`${compared.size} events were compared, not ${count}`)
}

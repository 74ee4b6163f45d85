import { setTimeout as sleep } from 'node:timers/promises'
import { Shop } from '@tablestream/event-generator'
import { poll } from '../../scripts/poll.ts'
import {
  DATASET,
  PROJECT,
  settled,
  startPipeline,
  sumOfMetric,
  type Pipeline,
} from '../end-to-end/pipeline.ts'
import { costBetween, cpuOf, line, type Work } from './measure.ts'

const COUNTS = [1, 2, 4, 8] as const
const MOST = Math.max(...COUNTS)
/** Messages that a writer holds, as it is deployed. */
const HELD = 20_000
/** Orders that come first: the table then has every column that an order may bring, and nobody waits for one. */
const FIRST = 300
const ASKED_EVERY_MS = 2000

/** CPU microseconds an event, and events a second of all writers together. */
interface Cost {
  readonly cpu: number
  readonly rate: number
}

/**
 * A subscription that always has a backlog, and more and more writers that share it: 1, 2, 4 and 8, and then one after the other goes while
 * there is still something to do. Prints the events a second of CPU of all writers at each number, once each of them is warm, beside one
 * writer alone that is given as many events a second as each of them got: two cores cannot give eight writers what one can do.
 *
 * @param events orders that are counted at each number
 * @param warmUp orders that each writer has landed before
 * @param seconds that one writer alone is measured at each rate
 * @throws Error where an event is nowhere or came twice: nothing goes wrong here, writers only come and go
 */
export async function writers(events: number, warmUp: number, seconds: number): Promise<void> {
  const held = Math.min(HELD, warmUp)
  const pipeline = await startPipeline({
    env: { LOG_LEVEL: 'warn', MAX_MESSAGES: String(held) },
    resources: { bigquerySubscriptions: false },
    services: ['table-manager', 'stream-writer'],
    instances: MOST,
  })
  const { streamWriters, tableManagers } = pipeline
  try {
    const shop = new Shop({ seed: 1, now: () => new Date() })
    await publish(pipeline, shop, FIRST)
    await settled(pipeline)
    await Promise.all([...streamWriters, ...tableManagers].map((each) => each.stop()))
    // always more than all of them hold: none is without work, and none waits for another's
    const feeder = feed(pipeline, shop, 1.5 * MOST * held)
    const shared: Cost[] = []
    let again: number
    try {
      for (const count of COUNTS) shared.push(await costOf(pipeline, count, events, warmUp))
      again = await leave(pipeline)
    } finally {
      await feeder.end()
    }
    await settled(pipeline, 300_000)
    const alone: Cost[] = []
    for (const [index, { rate }] of shared.entries())
      alone.push(await costAlone(pipeline, shop, rate / COUNTS[index]!, seconds))
    const total = await check(pipeline)
    again += await duplicatesOf(pipeline, 0)
    for (const [index, count] of COUNTS.entries()) {
      const [ours, one] = [shared[index]!, alone[index]!]
      const what = `events/s of CPU  ${count} writer${count === 1 ? '' : 's'} (${ours.cpu.toFixed(1)} µs an event`
      const each = `${Math.round(ours.rate / count)} events/s each`
      line(
        Math.round(1e6 / ours.cpu),
        `${what}, ${each}): ${(one.cpu / ours.cpu).toFixed(2)} × one alone at that rate`,
      )
    }
    const came = `while ${MOST} writers came and ${MOST - 1} went: every event is one row`
    line(again, `of ${total} events came to a second writer, or to one again, ${came}`)
  } finally {
    await pipeline.close()
  }
}

async function publish({ clients }: Pipeline, shop: Shop, count: number): Promise<void> {
  const from = clients.published()
  await clients.publish(
    // an order comes again when its status changes: by its event it is one of a kind
    Array.from({ length: count }, (_, n) =>
      JSON.stringify({ ...shop.next('order'), event_id: `w-${from + n}` }),
    ),
  )
}

/** Publishes as long as fewer than `least` messages wait or are held, until it is ended. */
function feed(pipeline: Pipeline, shop: Shop, least: number) {
  const over = new AbortController()
  const run = async () => {
    while (!over.signal.aborted) {
      if (backlogOf(pipeline) < least) await publish(pipeline, shop, Math.ceil(least / 10))
      else await sleep(50)
    }
  }
  const done = run()
  return {
    async end(): Promise<void> {
      over.abort()
      await done
    },
  }
}

const backlogOf = ({ cloud }: Pipeline): number =>
  cloud.backlog()[`projects/${PROJECT}/subscriptions/backend-events-topic-sub`] ?? 0

/** CPU microseconds an event of the first `count` writers, those that do not run yet are started. */
async function costOf(pipeline: Pipeline, count: number, events: number, warmUp: number): Promise<Cost> {
  const running = pipeline.streamWriters.slice(0, count)
  for (const each of running) if (each.pid === undefined) each.start()
  await Promise.all(running.map((each) => each.ready()))
  const first = await samples(pipeline, count)
  const start = await poll(
    async () => {
      const now = await samples(pipeline, count)
      return now.every(({ events: landed }, index) => landed - first[index]!.events >= warmUp)
        ? sumOf(now)
        : undefined
    },
    { timeoutMs: 300_000, everyMs: ASKED_EVERY_MS, what: `${count} writers warm` },
  )
  // a writer that tells its figures writes no events meanwhile: so it is asked before and after, and what waits is asked of Pub/Sub
  const time = performance.now()
  const goal = settledOf(pipeline) + events
  await poll(() => (settledOf(pipeline) >= goal ? true : undefined), {
    timeoutMs: 300_000,
    everyMs: 50,
    what: `${events} events`,
  })
  const end = sumOf(await samples(pipeline, count))
  return costSince(start, end, time)
}

const costSince = (start: Work, end: Work, time: number): Cost => ({
  cpu: costBetween(start, end),
  rate: ((end.events - start.events) / (performance.now() - time)) * 1000,
})

/** The first writer alone, given so many events a second: what comes in small parts costs more an event, whoever else there is. */
async function costAlone(pipeline: Pipeline, shop: Shop, rate: number, seconds: number): Promise<Cost> {
  const start = sumOf(await samples(pipeline, 1))
  const time = performance.now()
  let given = 0
  while (performance.now() - time < seconds * 1000) {
    const due = Math.floor(((performance.now() - time) / 1000) * rate) - given
    if (due > 0) await publish(pipeline, shop, due)
    given += Math.max(0, due)
    await sleep(10)
  }
  await settled(pipeline)
  return costSince(start, sumOf(await samples(pipeline, 1)), time)
}

const settledOf = (pipeline: Pipeline): number => pipeline.clients.published() - backlogOf(pipeline)

const samples = ({ streamWriters, writerUrls }: Pipeline, count: number): Promise<readonly Work[]> =>
  Promise.all(
    streamWriters.slice(0, count).map(async ({ pid }, index) => ({
      events: await sumOfMetric(writerUrls[index]!, 'tablestream_events_landed_total'),
      cpu: cpuOf(pid) ?? Number.NaN,
    })),
  )

const sumOf = (all: readonly Work[]): Work =>
  all.reduce((sum, { events, cpu }) => ({ events: sum.events + events, cpu: sum.cpu + cpu }), {
    events: 0,
    cpu: 0,
  })

const duplicatesOf = ({ writerUrls }: Pipeline, index: number): Promise<number> =>
  sumOfMetric(writerUrls[index]!, 'tablestream_events_duplicate_total')

/** All writers but the first go, one after the other; gives the duplicates that they had counted, which go with them. */
async function leave(pipeline: Pipeline): Promise<number> {
  let again = 0
  for (let index = MOST - 1; index > 0; index--) {
    again += await duplicatesOf(pipeline, index)
    await pipeline.streamWriters[index]!.stop()
  }
  return again
}

/** Every event has its row, and one alone: gives how many there are. */
async function check(pipeline: Pipeline): Promise<number> {
  await settled(pipeline, 300_000)
  const { clients } = pipeline
  const events = clients.published()
  const rows = await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orders`)
  const ids = await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.orders`)
  if (rows !== events || ids !== events) throw new Error(`${events} events are ${rows} rows of ${ids} ids`)
  return events
}

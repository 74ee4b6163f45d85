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
import { costBetween, cpuOfThreads, line, type Work } from './measure.ts'

const COUNTS = [1, 2, 4, 8] as const
const MOST = Math.max(...COUNTS)
/** Orders that come first: the table then has every column that an order may bring, and nobody waits for one. */
const FIRST = 300
/** Events that are published together: what local-cloud gives one writer at once. */
const TOGETHER = 100
/** Of a warm-up: many small parts, as a request has to be warm, and not only the events in it. */
const WARM = { rate: 6000, together: 20 }

export interface WritersSizes {
  /** Orders that are counted of a backlog, at each number of writers. */
  readonly writersEvents: number
  /** How long all writers warm up. */
  readonly writersWarmSeconds: number
  /** How long each number of writers is measured. */
  readonly writersSeconds: number
  /** Events a second that are published, however many writers there are. */
  readonly writersRate: number
}

/** CPU microseconds an event. */
type Cost = number

/**
 * 1, 2, 4 and 8 writers that share a subscription: the CPU that all of them take for an event
 *
 * - of a load that is the same for all numbers of them, beside one writer alone that is given as much as each of them: what sharing costs;
 *   and beside one writer that has all of it: what more instances than it takes cost;
 * - of a backlog, as fast as these cores can.
 *
 * @throws Error where an event is nowhere or came twice: nothing goes wrong here, writers only come and go
 */
export async function writers(sizes: WritersSizes): Promise<void> {
  const pipeline = await startPipeline({
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
    services: ['table-manager', 'stream-writer'],
    instances: MOST,
  })
  const { writersRate: rate, writersSeconds: seconds } = sizes
  try {
    const load = new Load(pipeline)
    await load.publish(FIRST)
    await settled(pipeline)
    await Promise.all(pipeline.tableManagers.map((each) => each.stop()))
    await load.steady(WARM.rate, sizes.writersWarmSeconds, WARM.together)
    const idle = await costOfIdling(pipeline, seconds)
    const again: number[] = []
    const shared: Cost[] = []
    const waiting: Cost[] = []
    for (const count of COUNTS.toReversed()) {
      again.push(await leaveOnly(pipeline, count))
      shared.unshift(await costOf(pipeline, count, () => load.steady(rate, seconds)))
      waiting.unshift(await costOf(pipeline, count, () => load.backlog(sizes.writersEvents)))
    }
    const alone = [shared[0]!]
    for (const count of COUNTS.slice(1))
      alone.push(await costOf(pipeline, 1, () => load.steady(rate / count, seconds)))
    await came(pipeline, 0).then((more) => again.push(more))
    const total = await check(pipeline)
    line(idle.toFixed(1), 'ms of CPU a second of a writer that has nothing to do')
    for (const [index, count] of COUNTS.entries()) tell(count, rate, shared, alone, waiting, index)
    const sum = again.reduce((all, each) => all + each, 0)
    line(
      sum,
      `of ${total} events came to a second writer while ${MOST - 1} of ${MOST} went: every event is one row`,
    )
  } finally {
    await pipeline.close()
  }
}

function tell(
  count: number,
  rate: number,
  shared: readonly Cost[],
  alone: readonly Cost[],
  waiting: readonly Cost[],
  index: number,
): void {
  const cost = shared[index]!
  const who = `${count} writer${count === 1 ? '' : 's'}`
  const each = `${Math.round(rate / count)} events/s each`
  const ofEach = `${(alone[index]! / cost).toFixed(2)} × one alone that is given as much as each of them`
  const ofAll = `${(shared[0]! / cost).toFixed(2)} × one that has all of it`
  line(
    perSecond(cost),
    `events/s of CPU  ${who}, ${each} (${cost.toFixed(1)} µs an event): ${ofEach}; ${ofAll}`,
  )
  line(
    perSecond(waiting[index]!),
    `events/s of CPU  ${who} over a backlog: ${(waiting[0]! / waiting[index]!).toFixed(2)} × one`,
  )
}

const perSecond = (cost: Cost) => Math.round(1e6 / cost)

/** Orders to the topic, in one way or another. */
class Load {
  readonly #pipeline: Pipeline
  readonly #shop = new Shop({ seed: 1, now: () => new Date() })

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  async publish(count: number): Promise<void> {
    const { clients } = this.#pipeline
    const from = clients.published()
    // an order comes again when its status changes: by its event it is one of a kind
    const one = (n: number) => JSON.stringify({ ...this.#shop.next('order'), event_id: `w-${from + n}` })
    await clients.publish(Array.from({ length: count }, (_, n) => one(n)))
  }

  /** So many a second for so long, some at a time; until all have landed. */
  async steady(rate: number, seconds: number, together = TOGETHER): Promise<void> {
    const begun = performance.now()
    const published: Promise<void>[] = []
    for (let parts = 0; (parts * together) / rate < seconds; parts++) {
      await sleep(Math.max(1, (parts * together * 1000) / rate - (performance.now() - begun)))
      published.push(this.publish(together))
    }
    await Promise.all(published)
    await settled(this.#pipeline)
  }

  /** So many at once. */
  async backlog(events: number): Promise<void> {
    for (let left = events; left > 0; left -= 10_000) await this.publish(Math.min(left, 10_000))
    await settled(this.#pipeline, 120_000)
  }
}

/** CPU of the first writers while they do that, for each event that landed. */
async function costOf(pipeline: Pipeline, count: number, work: () => Promise<void>): Promise<Cost> {
  const start = await workOf(pipeline, count)
  await work()
  return costBetween(start, await workOf(pipeline, count))
}

/** Milliseconds of CPU a second, of each of the writers. */
async function costOfIdling({ streamWriters }: Pipeline, seconds: number): Promise<number> {
  const cpu = () => streamWriters.reduce((sum, { pid }) => sum + (cpuOfThreads(pid) ?? Number.NaN), 0)
  const before = cpu()
  await sleep(seconds * 1000)
  return (cpu() - before) / 1000 / seconds / streamWriters.length
}

async function workOf({ streamWriters, writerUrls }: Pipeline, count: number): Promise<Work> {
  let events = 0
  let cpu = 0
  for (const [index, { pid }] of streamWriters.slice(0, count).entries()) {
    events += await sumOfMetric(writerUrls[index]!, 'tablestream_events_landed_total')
    cpu += cpuOfThreads(pid) ?? Number.NaN
  }
  return { events, cpu }
}

const came = ({ writerUrls }: Pipeline, index: number): Promise<number> =>
  sumOfMetric(writerUrls[index]!, 'tablestream_events_duplicate_total')

/** All writers but the first ones go, in the middle of their work; gives the duplicates that they had counted, which go with them. */
async function leaveOnly(pipeline: Pipeline, count: number): Promise<number> {
  let again = 0
  const { streamWriters, cloud } = pipeline
  const load = new Load(pipeline)
  for (let index = MOST - 1; index >= count; index--) {
    if (streamWriters[index]!.pid === undefined) continue
    again += await came(pipeline, index)
    const published = load.publish(5000)
    await poll(() => backlogOf(cloud) > 0 || undefined, { timeoutMs: 10_000, everyMs: 5, what: 'work' })
    await streamWriters[index]!.stop()
    await published
  }
  await settled(pipeline)
  return again
}

const backlogOf = (cloud: Pipeline['cloud']): number =>
  cloud.backlog()[`projects/${PROJECT}/subscriptions/backend-events-topic-sub`] ?? 0

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

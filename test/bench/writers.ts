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
import { cpuOfThreads, line, type Work } from './measure.ts'

const COUNTS = [1, 2, 4, 8] as const
const MOST = Math.max(...COUNTS)
/** Orders that come first: the table then has every column that an order may bring, and nobody waits for one. */
const FIRST = 300
/** Events that are published together: what local-cloud gives one writer at once. */
const TOGETHER = 100
/** Of a backlog: what is published together. */
const PART = 5000
/** Of a backlog that writers work on in turns: how long each of them runs. Shorter than a lease by far, however many they are. */
const TURN_MS = 500
/** Of a warm-up: many small parts, as a request has to be warm, and not only the events in it. */
const WARM = { rate: 10_000, together: 40 }

export interface WritersSizes {
  /** Orders that each writer has written before it is measured: as many for one as for each of eight, as what is new costs more. */
  readonly writersWarmUp: number
  /** How long each number of writers is measured. */
  readonly writersSeconds: number
  /** Events a second that are published, however many writers there are. */
  readonly writersRate: number
  /** Events that wait for each writer: as many for one as for each of eight. */
  readonly writersBacklog: number
}

/** CPU microseconds an event. */
type Cost = number

/**
 * 1, 2, 4 and 8 writers that share a subscription, and the CPU that all of them take for an event.
 * - Of a backlog, of which each takes as much as it can: what a pool that is as large as its load takes does with its CPU. All at once,
 *   which on few cores is a matter of their caches; and in turns, so that whoever works has a core for itself, as in the cloud.
 * - Of a steady load that is the same for all numbers of them, beside one writer alone that is given as much as each of them, which says
 *   what sharing costs; and beside one that has all of it: what more instances than it takes cost.
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
    const again: number[] = []
    const costOfFresh = async (count: number, given: number): Promise<Cost> => {
      again.push(await startAnew(pipeline, load, count))
      await load.steady(WARM.rate, (sizes.writersWarmUp * count) / WARM.rate, WARM.together)
      return costOf(pipeline, count, () => load.steady(given, seconds))
    }
    const busy: Cost[] = []
    const inTurns: Cost[] = []
    const shared: Cost[] = []
    const alone: Cost[] = []
    for (const count of COUNTS) {
      shared.push(await costOfFresh(count, rate))
      busy.push(await costOf(pipeline, count, () => load.backlog(sizes.writersBacklog * count, count)))
      const turns = () => load.backlog(sizes.writersBacklog * count, count, TURN_MS)
      inTurns.push(await costOf(pipeline, count, turns))
      alone.push(count === 1 ? shared[0]! : await costOfFresh(1, rate / count))
    }
    const idle = await costOfIdling(pipeline, seconds)
    again.push(await came(pipeline, 0))
    const total = await check(pipeline)
    line(idle.toFixed(1), 'ms of CPU a second of a writer that has nothing to do')
    for (const [how, costs] of [
      ['', busy],
      [', in turns', inTurns],
    ] as const)
      for (const [index, count] of COUNTS.entries()) {
        const beside = `${(costs[0]! / costs[index]!).toFixed(2)} × one`
        line(
          Math.round(1e6 / costs[index]!),
          `events/s of CPU  ${named(count)} with a backlog${how} (${costs[index]!.toFixed(1)} µs an event): ${beside}`,
        )
      }
    for (const [index, count] of COUNTS.entries())
      tell(count, rate, shared[index]!, alone[index]!, shared[0]!)
    const sum = again.reduce((all, each) => all + each, 0)
    line(
      sum,
      `of ${total} events came to a second writer while all of them came and went: every event is one row`,
    )
  } finally {
    await pipeline.close()
  }
}

const named = (count: number) => `${count} writer${count === 1 ? '' : 's'}`

function tell(count: number, rate: number, cost: Cost, alone: Cost, one: Cost): void {
  const who = `${named(count)}, ${Math.round(rate / count)} events/s each`
  const ofEach = `${(alone / cost).toFixed(2)} × one alone that is given as much as each of them`
  const ofAll = `${(one / cost).toFixed(2)} × one that has all of it`
  line(
    Math.round(1e6 / cost),
    `events/s of CPU  ${who} (${cost.toFixed(1)} µs an event): ${ofEach}; ${ofAll}`,
  )
}

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

  /**
   * So many, which wait for the first writers: these stand still meanwhile. Until all have landed.
   *
   * @param turnMs one of them runs at a time, for so long; absent: all at once
   */
  async backlog(count: number, waitingWriters: number, turnMs?: number): Promise<void> {
    const waiting = this.#pipeline.streamWriters.slice(0, waitingWriters)
    for (const { pid } of waiting) process.kill(pid!, 'SIGSTOP')
    try {
      for (let left = count; left > 0; left -= PART) await this.publish(Math.min(PART, left))
      if (turnMs !== undefined) await this.#turns(waiting, turnMs)
    } finally {
      for (const { pid } of waiting) process.kill(pid!, 'SIGCONT')
    }
    await settled(this.#pipeline)
  }

  async #turns(writing: Pipeline['streamWriters'], turnMs: number): Promise<void> {
    for (let turn = 0; backlogOf(this.#pipeline.cloud) > 0; turn++) {
      const { pid } = writing[turn % writing.length]!
      process.kill(pid!, 'SIGCONT')
      await sleep(turnMs)
      process.kill(pid!, 'SIGSTOP')
    }
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
}

/** CPU of the first writers while they do that, for each event that landed. */
async function costOf(pipeline: Pipeline, count: number, work: () => Promise<void>): Promise<Cost> {
  const start = await workOf(pipeline, count)
  await work()
  const end = await workOf(pipeline, count)
  return (end.cpu - start.cpu) / (end.events - start.events)
}

/** Milliseconds of CPU a second, of the first writer. */
async function costOfIdling({ streamWriters }: Pipeline, seconds: number): Promise<number> {
  const cpu = () => cpuOfThreads(streamWriters[0]!.pid) ?? Number.NaN
  const before = cpu()
  await sleep(seconds * 1000)
  return (cpu() - before) / 1000 / seconds
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

/** All writers go in the middle of their work, and so many new ones come; gives the duplicates that were counted, which go with them. */
async function startAnew(pipeline: Pipeline, load: Load, count: number): Promise<number> {
  let again = 0
  const { streamWriters, cloud } = pipeline
  const running = streamWriters.flatMap((each, index) => (each.pid === undefined ? [] : [index]))
  const published = load.publish(5000)
  await poll(() => backlogOf(cloud) > 0 || undefined, { timeoutMs: 10_000, everyMs: 2, what: 'work' })
  for (const index of running) {
    again += await came(pipeline, index)
    await streamWriters[index]!.stop()
  }
  await published
  for (const each of streamWriters.slice(0, count)) each.start()
  await Promise.all(streamWriters.slice(0, count).map((each) => each.ready()))
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

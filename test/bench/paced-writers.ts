import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { PubSub, type Topic } from '@google-cloud/pubsub'
import { Shop } from '@tablestream/event-generator'
import { poll } from '../../scripts/poll.ts'
import { ServiceProcess } from '../../scripts/start/service-process.ts'
import { freePorts } from '../end-to-end/free-ports.ts'
import {
  bundleOf,
  DATASET,
  PROJECT,
  settled,
  startPipeline,
  sumOfMetric,
  type Pipeline,
} from '../end-to-end/pipeline.ts'
import { cpuOfThreads, line } from './measure.ts'
import { verdictOf, type Paced } from './paced-figures.ts'

/** Writers that share a subscription, each with one of its own: those of all groups are alive from the beginning to the end. */
const GROUPS = [1, 2, 4, 8] as const
/** Orders that come first: the table then has every column that an order may bring. */
const FIRST = 300
/** Events that are published together: local-cloud gives them to one writer. */
const TOGETHER = 50

export interface PacedSizes {
  readonly pacedRounds: number
  /** How long each group is measured in a round. */
  readonly pacedSeconds: number
  /** Events a second that each writer gets, however many share the subscription. */
  readonly pacedRate: number
  /** Events that each writer has written before it is measured. */
  readonly pacedWarmUp: number
}

interface Group {
  readonly count: number
  readonly topic: Topic
  readonly subscription: string
  readonly writers: readonly { readonly process: ServiceProcess; readonly url: string }[]
}

/**
 * 1, 2, 4 and 8 writers at once, each with as many events a second, and the CPU that they take for an event. What is compared differs in
 * nothing but how many share: every group has a topic of its own, all fifteen processes live in every round, each writer is as warm, and
 * gets its events in parts of the same size. They are so few events that the cores are not all busy: nobody waits for one. The groups take
 * turns, forwards and backwards.
 *
 * @throws Error where an event is nowhere or came twice, or where more writers take more than they may
 */
export async function pacedWriters(sizes: PacedSizes): Promise<void> {
  const pipeline = await startPipeline({
    env: { LOG_LEVEL: 'warn' },
    resources: { bigquerySubscriptions: false },
  })
  const pubsub = new PubSub({
    projectId: PROJECT,
    apiEndpoint: `http://127.0.0.1:${pipeline.cloud.pubsubPort}`,
    emulatorMode: true,
  })
  const groups: Group[] = []
  try {
    const orders = new Orders()
    await pipeline.clients.publish(orders.next(FIRST))
    await settled(pipeline)
    await Promise.all([pipeline.tableManager.stop(), pipeline.streamWriter.stop()])
    for (const count of GROUPS) groups.push(await startGroup(pipeline, pubsub, count))
    for (const group of groups) await warmUp(pipeline, group, orders, sizes)
    const rounds: Paced[][] = []
    for (let number = 0; number < sizes.pacedRounds; number++) {
      const turns = number % 2 === 0 ? groups : groups.toReversed()
      const round: Paced[] = []
      for (const group of turns) round.push(await measure(pipeline, group, orders, sizes))
      rounds.push(round)
    }
    const again = await check(pipeline, groups, orders.made)
    line(sizes.pacedRate, `events/s for each writer, ${sizes.pacedRounds} rounds of ${sizes.pacedSeconds} s`)
    const { lines, isMet } = verdictOf(rounds, cpus().length)
    for (const [figure, what] of lines) line(figure, what)
    line(again, `of ${orders.made} events came to a second writer: every event is one row`)
    if (isMet === false) throw new Error('more writers take more CPU for an event than they may')
  } finally {
    await Promise.all(groups.flatMap(({ writers }) => writers.map(({ process }) => process.stop())))
    await pubsub.close()
    await pipeline.close()
  }
}

class Orders {
  readonly #shop = new Shop({ seed: 1, now: () => new Date() })
  made = 0

  /** An order comes again when its status changes: by its event it is one of a kind. */
  next(count: number): string[] {
    return Array.from({ length: count }, () =>
      JSON.stringify({ ...this.#shop.next('order'), event_id: `p-${this.made++}` }),
    )
  }
}

async function startGroup({ cloud }: Pipeline, pubsub: PubSub, count: number): Promise<Group> {
  const name = `paced-${count}`
  const [topic] = await pubsub.createTopic(name)
  const subscription = `${name}-sub`
  await topic.createSubscription(subscription, { ackDeadlineSeconds: 60 })
  const ports = await freePorts(count)
  const writers = ports.map((port) => ({
    url: `http://127.0.0.1:${port}`,
    process: new ServiceProcess({
      name: 'stream-writer',
      output: 'inherit',
      bundle: bundleOf('stream-writer'),
      env: {
        ...cloud.environment,
        PROJECT_ID: PROJECT,
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'warn',
        SUBSCRIPTION: subscription,
      },
      readyUrl: `http://127.0.0.1:${port}/readiness`,
    }),
  }))
  for (const { process } of writers) process.start()
  await Promise.all(writers.map(({ process }) => process.ready()))
  topic.setPublishOptions({ batching: { maxMessages: TOGETHER, maxMilliseconds: 1 } })
  return { count, topic, subscription, writers }
}

async function warmUp(
  pipeline: Pipeline,
  group: Group,
  orders: Orders,
  { pacedRate, pacedWarmUp }: PacedSizes,
): Promise<void> {
  // quicker than it is measured, in parts of the same size
  const rate = Math.max(4000, pacedRate * group.count)
  await publish(group, parts(orders, pacedWarmUp * group.count), rate)
  await drained(pipeline, group)
}

async function measure(
  pipeline: Pipeline,
  group: Group,
  orders: Orders,
  { pacedRate, pacedSeconds }: PacedSizes,
): Promise<Paced> {
  const rate = pacedRate * group.count
  const all = parts(orders, rate * pacedSeconds)
  const before = await workOf(group)
  const cores = startCores()
  await publish(group, all, rate)
  await drained(pipeline, group)
  const busyCores = cores()
  const after = await workOf(group)
  const byWriter = after.map(({ events }, place) => events - before[place]!.events)
  const cpu = after.reduce((sum, each, place) => sum + each.cpu - before[place]!.cpu, 0)
  return {
    writers: group.count,
    cost: cpu / byWriter.reduce((sum, each) => sum + each, 0),
    byWriter,
    busyCores,
  }
}

/** Made before anything is measured: who makes them takes a core, too. */
function parts(orders: Orders, count: number): readonly (readonly Buffer[])[] {
  const made = Math.ceil(count / TOGETHER)
  return Array.from({ length: made }, () => orders.next(TOGETHER).map((text) => Buffer.from(text)))
}

/** Part by part, evenly: more writers get more parts, and no larger ones. */
async function publish({ topic }: Group, all: readonly (readonly Buffer[])[], rate: number): Promise<void> {
  const begun = performance.now()
  const published: Promise<unknown>[] = []
  for (const [place, part] of all.entries()) {
    const early = (place * TOGETHER * 1000) / rate - (performance.now() - begun)
    if (early > 0) await sleep(early)
    published.push(...part.map((data) => topic.publishMessage({ data })))
  }
  await Promise.all(published)
}

function drained({ cloud }: Pipeline, { subscription }: Group): Promise<true> {
  const name = `projects/${PROJECT}/subscriptions/${subscription}`
  return poll(() => (cloud.backlog()[name] === 0 ? true : undefined), {
    timeoutMs: 120_000,
    everyMs: 5,
    what: `nothing left on ${subscription}`,
  })
}

function workOf({ writers }: Group): Promise<{ readonly events: number; readonly cpu: number }[]> {
  return Promise.all(
    writers.map(async ({ url, process }) => ({
      events: await sumOfMetric(url, 'tablestream_events_landed_total'),
      cpu: cpuOfThreads(process.pid) ?? Number.NaN,
    })),
  )
}

/** Tells how many cores of the machine were busy since. */
function startCores(): () => number {
  const read = () => cpus().map(({ times }) => ({ all: sum(Object.values(times)), idle: times.idle }))
  const before = read()
  return () =>
    sum(
      read().map(({ all, idle }, core) => {
        const passed = all - before[core]!.all
        return passed === 0 ? 0 : 1 - (idle - before[core]!.idle) / passed
      }),
    )
}

const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0)

/** Every event has its row, and one alone. @returns how many came to a second writer, or twice to one */
async function check({ clients }: Pipeline, groups: readonly Group[], made: number): Promise<number> {
  const rows = await clients.count(`SELECT COUNT(*) FROM ${DATASET}.orders`)
  const ids = await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.orders`)
  if (rows !== made || ids !== made) throw new Error(`${made} events are ${rows} rows of ${ids} ids`)
  const urls = groups.flatMap(({ writers }) => writers.map(({ url }) => url))
  return sum(await Promise.all(urls.map((url) => sumOfMetric(url, 'tablestream_events_duplicate_total'))))
}

import { setTimeout as sleep } from 'node:timers/promises'
import { BigQuery } from '@google-cloud/bigquery'
import { createPublisher, type Publisher } from '@tablestream/service-kit'
import { type Ledger, readLedger } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import type { TableRequests } from '../../scripts/start/local-resources.ts'
import { DATASET, PROJECT, startPipeline, type Pipeline } from '../end-to-end/pipeline.ts'
import { chaosEvents, UPSERTED, type ChaosEvents } from './events.ts'
import { chaosFaults } from './faults.ts'
import { Random } from './random.ts'
import { rewoundProblems } from './rewound-tables.ts'
import { rowProblems } from './row-problems.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly events: number
  /** Only these faults, by their point or by point and kind; all where nothing is said. */
  readonly only?: readonly string[] | undefined
  /** False: nobody is killed. */
  readonly kill?: boolean
  /** What table-manager sees. */
  readonly tableRequests?: TableRequests
  readonly log: (line: string) => void
  /** Is told what is being done now. */
  readonly progress?: (what: string) => void
}

export interface ChaosResult {
  readonly faults: number
  readonly kills: number
  readonly seconds: number
  readonly ledger: Ledger
  /** What came out other than it must; nothing when all is well. */
  readonly problems: readonly string[]
}

const BATCH = 100
/** How long publishing takes at least: kills need time to happen in. */
const SHORTEST_MS = 15_000
/** How long at most until fewer messages are left without their end: the whole takes as long as the machine needs. */
const SETTLE_MS = 120_000
const TABLES = ['orders', 'inventory', 'user_activity', 'telemetry', 'click', UPSERTED]
const MOST_PROBLEMS = 20

/**
 * A publisher, two stream-writers and two table-managers, everything going wrong by the plan of the seed, and a kill -9 of one
 * of the four every other second. In the end every event must have its one end, with every value; and a rewind must make the same tables
 * of what was published.
 */
export async function runChaos({
  seed,
  events: count,
  only,
  kill = true,
  tableRequests = 'shapes',
  log,
  progress = () => undefined,
}: ChaosOptions): Promise<ChaosResult> {
  const began = Date.now()
  const events = chaosEvents(seed, count)
  const pipeline = await startPipeline({
    instances: 2,
    tableRequests,
    env: {
      EVENT_POLICIES: JSON.stringify({ [UPSERTED]: { duplicates: 'upsert' } }),
      LEASE_SECONDS: '10',
      APPEND_TIMEOUT_SECONDS: '3',
      // an event whose column is refused for good ends after five of them
      PARK_SECONDS: '5',
    },
    services: ['table-manager', 'stream-writer'],
  })
  try {
    const { cloud } = pipeline
    cloud.faults.set(chaosFaults(seed, only))
    const killer = startKiller(pipeline, kill ? seed : undefined)
    await publishAll(pipeline, events.texts, (published) =>
      progress(`publishing, ${published} of ${events.texts.length} events`),
    )
    log(`published ${count} events in ${seconds(began)} s`)
    // what is left settles under the same faults, with nobody being killed any more
    const kills = await killer.stop()
    await allSettled(pipeline, log, (left) =>
      progress(`waiting for the end of each message, ${left} are left`),
    )
    log(`settled after ${seconds(began)} s`)
    const injected = cloud.faults.injected()
    for (const { on, do: kind, calls, injected: times } of injected) {
      log(`${String(times).padStart(7)} of ${String(calls).padStart(7)}  ${kind} on ${on}`)
    }
    const faults = injected.reduce((sum, rule) => sum + rule.injected, 0)
    // columns that BigQuery refuses for good are refused whoever asks, and whenever: table-manager may still try one
    cloud.faults.set(chaosFaults(seed, ['bigquery.column']))
    progress('comparing what was published with what landed')
    const target = { projectId: PROJECT, dataset: DATASET, topic: '' }
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const ledger = await readLedger(bigquery, target, { since: new Date(0), most: MOST_PROBLEMS })
    const problems = [...ledgerProblems(ledger, events), ...(await rowProblems(pipeline, TABLES, events))]
    problems.push(...(await deadLetterProblems(pipeline, events)))
    progress('comparing the tables with what a rewind makes of the record')
    const rewindable = TABLES.filter((table) => table !== UPSERTED)
    problems.push(...(await rewoundProblems(pipeline, rewindable, events, log)))
    if (problems.length > 0) log(pipeline.logs().slice(-20_000))
    return { faults, kills, seconds: seconds(began), ledger, problems: problems.slice(0, MOST_PROBLEMS) }
  } finally {
    await pipeline.close()
  }
}

const seconds = (since: number): number => Math.round((Date.now() - since) / 1000)

/** As our own services publish: what may be there twice, because nobody answered, says so. */
async function publishAll(
  { cloud }: Pipeline,
  texts: readonly string[],
  done: (count: number) => void,
): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, cloud.environment)
  const publisher = createPublisher(PROJECT, 'backend-events-topic')
  const began = Date.now()
  for (let at = 0; at < texts.length; at += BATCH) {
    await Promise.all(texts.slice(at, at + BATCH).map((text) => publishSurely(publisher, text)))
    done(Math.min(at + BATCH, texts.length))
    // not faster than the plug can be pulled
    const due = began + ((at + BATCH) / texts.length) * SHORTEST_MS
    await sleep(Math.max(0, due - Date.now()))
  }
  await publisher.close()
  // the next seed has ports of its own
  process.env = before
}

/**
 * As a publisher must: again until Pub/Sub says that it has it. The time of the event is that of the first try: published again after
 * midnight it would be of another day, and another event.
 */
async function publishSurely(publisher: Publisher, text: string): Promise<void> {
  const time = { 'ce-time': new Date().toISOString() }
  for (let attributes: Record<string, string> = time; ; attributes = { ...time, 'published-again': 'true' }) {
    try {
      await publisher.publish([{ data: Buffer.from(text), attributes }])
      return
    } catch {
      await sleep(50)
    }
  }
}

function startKiller({ streamWriters, tableManagers }: Pipeline, seed: number | undefined) {
  if (seed === undefined) return { stop: () => Promise.resolve(0) }
  const random = new Random(seed)
  const victims = [...streamWriters, ...tableManagers]
  let kills = 0
  const stop = new AbortController()
  const work = async () => {
    while (!stop.signal.aborted) {
      await sleep(random.between(500, 3000))
      const victim = random.of(victims)
      await victim.kill()
      kills++
      await sleep(random.between(0, 500))
      victim.start()
    }
  }
  const done = work()
  return {
    async stop() {
      stop.abort()
      await done
      return kills
    },
  }
}

async function allSettled(
  pipeline: Pipeline,
  log: ChaosOptions['log'],
  tell: (left: number) => void,
): Promise<void> {
  const topics = [
    'backend-events-topic-sub',
    'backend-events-topic-to-table',
    'backend-events-dead-letter-to-table',
  ]
  const left = () => {
    const backlog = pipeline.cloud.backlog()
    return topics.map((name) => backlog[`projects/${PROJECT}/subscriptions/${name}`] ?? 0)
  }
  try {
    for (let least = Infinity; least > 0;) {
      least = await poll(
        () => {
          const messages = left().reduce((sum, each) => sum + each, 0)
          tell(messages)
          return messages < least ? messages : undefined
        },
        { timeoutMs: SETTLE_MS, everyMs: 200, what: `fewer than ${least} messages without their end` },
      )
    }
  } catch (error) {
    log(`left: ${left().join(', ')} of ${topics.join(', ')}`)
    log(pipeline.logs().slice(-20_000))
    throw error
  }
}

function ledgerProblems({ accounts, missing }: Ledger, { good, bad }: ChaosEvents): string[] {
  const sum = (of: (account: Ledger['accounts'][number]) => number) =>
    accounts.reduce((total, account) => total + of(account), 0)
  const problems = missing.map(({ eventType, eventId }) => `${eventType} ${eventId} has no end`)
  const landed = sum((account) => account.landed)
  if (landed !== good.size) problems.push(`${landed} events landed, not ${good.size}`)
  const dead = sum(({ deadLettered }) => deadLettered)
  if (dead < bad.size) problems.push(`${dead} messages are dead letters, not ${bad.size} or more`)
  const messages = sum((account) => account.messages)
  const ends = landed + dead + sum(({ duplicates, replaced }) => duplicates + replaced)
  if (messages !== ends) problems.push(`${messages} messages and ${ends} ends`)
  return problems
}

async function deadLetterProblems({ clients }: Pipeline, { bad }: ChaosEvents): Promise<string[]> {
  const problems: string[] = []
  const seen = new Set<string>()
  const letters = await clients.query(`SELECT reason, message, data FROM ${DATASET}.dead_letter_reasons`)
  for (const { reason, message, data } of letters) {
    const text = String(data)
    const wanted = bad.get(text)
    if (wanted !== reason)
      problems.push(`${text.slice(0, 200)} is dead: ${String(reason)} ${String(message)}`)
    seen.add(text)
  }
  for (const text of bad.keys()) if (!seen.has(text)) problems.push(`${text} is no dead letter`)
  return problems
}

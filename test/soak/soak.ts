import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { BigQuery } from '@google-cloud/bigquery'
import { Shop, SHOP_EVENT_TYPES } from '@tablestream/event-generator'
import { readLedger } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, startPipeline, type Pipeline } from '../end-to-end/pipeline.ts'
import { attack } from './attackers.ts'
import { hostileMessages, type HostileMessage } from './hostile.ts'
import { MemoryWatch, type Memory } from './memory.ts'
import { probeLatency } from './probe.ts'

export interface SoakOptions {
  readonly seed: number
  readonly events: number
  /** Events a second. */
  readonly rate: number
  /** Hostile messages for each good one; 0.01 where nothing is said. */
  readonly hostilePart?: number
  readonly log: (line: string) => void
  /** Is told what is being done now. */
  readonly progress?: (what: string) => void
}

export interface SoakResult {
  readonly events: number
  readonly hostile: number
  /** Patterns of the hostile messages that were sent. */
  readonly patterns: ReadonlySet<string>
  readonly seconds: number
  /** Milliseconds from publish to SQL, of good events among the hostile ones. */
  readonly p50: number
  readonly p99: number
  /** p99 of each fifth of the run. */
  readonly p99OfFifths: readonly number[]
  readonly memory: readonly Memory[]
  /** What came out other than it must; nothing when all is well. */
  readonly problems: readonly string[]
}

/** One hostile message in a hundred. */
const HOSTILE_PART = 0.01
const TICK_MS = 100
const SETTLE_MS = 600_000
const MOST_PROBLEMS = 30
const KEY = 'attacker'
const API_KEYS = JSON.stringify({ attacker: { sha256: createHash('sha256').update(KEY).digest('hex') } })

/**
 * Good events at a steady rate, hostile ones among them, and an attacker at the gateway all the while. Then every message must have the
 * one end that is meant for it, and no service may have ended or grown.
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { log, progress = () => undefined } = options
  const began = performance.now()
  const pipeline = await startPipeline({
    services: ['table-manager', 'stream-writer', 'event-gateway'],
    env: { LOG_LEVEL: 'warn', API_KEYS },
    // what hostile messages are delivered again for must not take the hours that it takes in the cloud
    resources: { minimumBackoff: '1s', maximumBackoff: '10s' },
  })
  try {
    const services = [pipeline.streamWriter, pipeline.tableManager, pipeline.eventGateway]
    const pids = services.map(({ pid }) => pid)
    const memory = new MemoryWatch(services.map(({ name, pid }) => ({ name, pid })))
    const attackers = attack(pipeline.gatewayUrl, KEY)
    const probe = probeLatency(pipeline)
    const { good, hostile } = await publishAll(pipeline, options)
    const waits = await probe.stop()
    const answers = await attackers.stop()
    log(`published ${good} good and ${hostile.size} hostile messages in ${secondsSince(began)} s`)
    for (const answer of answers) log(`  the gateway answered ${answer}`)
    progress('waiting for the end of each message')
    await allSettled(pipeline)
    progress('comparing what was published with what landed')
    const seconds = secondsSince(began)
    const grown = memory.stop()
    const problems = services.flatMap(({ name, pid }, at) => (pid === pids[at] ? [] : [`${name} ended`]))
    problems.push(...(await endProblems(pipeline, good, hostile)))
    if (problems.length > 0) log(pipeline.logs().slice(-10_000))
    return {
      events: good,
      hostile: hostile.size,
      patterns: new Set(Array.from(hostile.values(), ({ pattern }) => pattern)),
      seconds,
      p50: quantile(waits, 0.5),
      p99: quantile(waits, 0.99),
      p99OfFifths: FIFTHS.map((fifth) => quantile(waits.slice(...partOf(waits.length, fifth)), 0.99)),
      memory: grown,
      problems,
    }
  } finally {
    await pipeline.close()
  }
}

const FIFTHS = [0, 1, 2, 3, 4]

const partOf = (length: number, fifth: number): [from: number, to: number] => [
  Math.floor((length * fifth) / 5),
  Math.floor((length * (fifth + 1)) / 5),
]

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN
}

const secondsSince = (since: number): number => Math.round((performance.now() - since) / 1000)

interface Published {
  readonly good: number
  /** By message id. */
  readonly hostile: ReadonlyMap<string, HostileMessage>
}

async function publishAll(
  { clients }: Pipeline,
  { seed, events, rate, hostilePart = HOSTILE_PART, progress = () => undefined }: SoakOptions,
): Promise<Published> {
  const shop = new Shop({ seed, now: () => new Date() })
  const messages = hostileMessages(seed)
  const hostile = new Map<string, HostileMessage>()
  const began = performance.now()
  let published = 0
  while (published < events) {
    const due = Math.min(events, Math.ceil(((performance.now() - began) / 1000) * rate))
    const batch = Array.from(
      { length: due - published },
      (_, n) =>
        `${JSON.stringify(shop.next(...SHOP_EVENT_TYPES)).slice(0, -1)},"event_id":"g-${seed}-${published + n}"}`,
    )
    published = due
    const pending: Promise<unknown>[] = [clients.publish(batch)]
    while (hostile.size < published * hostilePart) {
      const next = messages.next().value as readonly HostileMessage[]
      const ids = await clients.publish(
        next.map(({ data }) => data),
        next[0]!.attributes,
      )
      ids.forEach((id, at) => hostile.set(id, next[at]!))
    }
    await Promise.all(pending)
    progress(`publishing, ${published} of ${events} events`)
    await sleep(TICK_MS)
  }
  return { good: events, hostile }
}

async function allSettled({ cloud }: Pipeline): Promise<void> {
  // whoever looks at dead letters takes them from the last one: nobody does here
  const awaited = () =>
    Object.entries(cloud.backlog()).filter(([name]) => !name.endsWith('/backend-events-dead-letter-sub'))
  await poll(() => awaited().every(([, count]) => count === 0) || undefined, {
    timeoutMs: SETTLE_MS,
    everyMs: 500,
    what: 'every message settled',
  })
}

async function endProblems(
  pipeline: Pipeline,
  good: number,
  hostile: ReadonlyMap<string, HostileMessage>,
): Promise<string[]> {
  const { cloud, clients } = pipeline
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const target = { projectId: PROJECT, dataset: DATASET, topic: '' }
  const { accounts, missing } = await readLedger(bigquery, target, {
    since: new Date(0),
    most: MOST_PROBLEMS,
  })
  const problems = missing.map(
    ({ messageId, eventType }) =>
      `no end: ${hostile.get(messageId)?.pattern ?? eventType}, message ${messageId}`,
  )
  const letters = await clients.query(`SELECT message_id, reason FROM ${DATASET}.dead_letter_reasons`)
  const reasons = new Map(letters.map(({ message_id: id, reason }) => [String(id), String(reason)]))
  for (const [id, { pattern, end }] of hostile) {
    const reason = reasons.get(id)
    const found = reason === undefined ? 'row' : `dead letter: ${reason}`
    if (found !== end) problems.push(`${pattern}: ${found}, not ${end}`)
  }
  for (const id of reasons.keys())
    if (!hostile.has(id)) problems.push(`message ${id} is a dead letter: ${reasons.get(id)}`)
  const landed = accounts.reduce((sum, account) => sum + account.landed, 0)
  if (landed < good) problems.push(`${landed} events landed, and ${good} good ones were published`)
  return problems.slice(0, MOST_PROBLEMS)
}

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PubSub, type Message } from '@google-cloud/pubsub'
import { Shop } from '@tablestream/event-generator'
import autocannon from 'autocannon'
import { poll } from '../../scripts/poll.ts'
import { PROJECT, startPipeline } from '../end-to-end/pipeline.ts'
import { line, median } from './measure.ts'

const KEY = 'bench'
const SHA256 = createHash('sha256').update(KEY).digest('hex')
const CONNECTIONS = 64
const ROUNDS = 6
const ROUND_SECONDS = 10
const BODIES = 500

interface Round {
  readonly rate: number
  readonly p99: number
  readonly failures: number
}

/**
 * Orders over 64 connections for 60 s, in turns with a bare Fastify route under the same load; then every event that was
 * answered 200 is looked for in Pub/Sub.
 */
export async function gateway(): Promise<void> {
  const API_KEYS = JSON.stringify({ bench: { sha256: SHA256, requests_per_minute: 100_000_000 } })
  const pipeline = await startPipeline({
    services: ['event-gateway'],
    env: { LOG_LEVEL: 'warn', API_KEYS },
    resources: { bigquerySubscriptions: false },
  })
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-route.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const apiEndpoint = `http://127.0.0.1:${pipeline.cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint, emulatorMode: true })
  try {
    const [bareUrl] = (await once(createInterface(bare.stdout), 'line')) as [string]
    const shop = new Shop({ seed: 1, now: () => new Date() })
    const bodies = Array.from({ length: BODIES }, () => JSON.stringify(shop.next('order')))
    const [subscription] = await pubsub.topic('backend-events-topic').createSubscription('bench-gateway')
    const taken = new Set<string>()
    const ours: Round[] = []
    const theirs: Round[] = []
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await load(pipeline.gatewayUrl, bodies, taken))
      theirs.push(await load(bareUrl, bodies))
    }
    const missing = await lookFor(taken, (found) => subscription.on('message', found))
    const failures = ours.reduce((sum, each) => sum + each.failures, 0)
    const rates = [ours, theirs].map((rounds) => median(rounds.map(({ rate }) => rate)))
    const p99s = [ours, theirs].map((rounds) => median(rounds.map(({ p99 }) => p99)))
    line(
      Math.round(rates[0]!),
      `requests/s taken, judged and published by event-gateway, ${CONNECTIONS} connections`,
    )
    line(Math.round(rates[1]!), 'requests/s of a bare Fastify route that only parses the body')
    line((rates[0]! / rates[1]!).toFixed(2), '× its requests a second')
    line((p99s[0]! / p99s[1]!).toFixed(1), `× its p99 (${p99s[0]} ms, ${p99s[1]} ms)`)
    line(failures, 'answers that were not 200')
    line(missing, `of ${taken.size} events answered 200 that are not in Pub/Sub`)
  } finally {
    bare.kill()
    await pubsub.close()
    await pipeline.close()
  }
}

let sent = 0

/** @param taken collects the ids of events that were answered 200 */
async function load(url: string, bodies: readonly string[], taken?: Set<string>): Promise<Round> {
  const result = await autocannon({
    url: `${url}/events`,
    connections: CONNECTIONS,
    duration: ROUND_SECONDS,
    requests: [
      {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        setupRequest: (request) => {
          sent++
          const headers = { ...request.headers, 'idempotency-key': `bench-${sent}` }
          return { ...request, headers, body: bodies[sent % bodies.length]! }
        },
        onResponse: (status, body) => {
          if (status !== 200 || !taken) return
          const [, id] = /"event_id":"([^"]+)"/.exec(body) ?? []
          if (id !== undefined) taken.add(id)
        },
      },
    ],
  })
  return {
    rate: result.requests.average,
    p99: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
  }
}

async function lookFor(
  taken: ReadonlySet<string>,
  listen: (found: (message: Message) => void) => void,
): Promise<number> {
  const missing = new Set(taken)
  listen((message) => {
    missing.delete(message.attributes['ce-id'] ?? '')
    message.ack()
  })
  await poll(() => (missing.size === 0 ? true : undefined), {
    timeoutMs: 120_000,
    what: 'every event in Pub/Sub',
  }).catch(() => undefined)
  return missing.size
}

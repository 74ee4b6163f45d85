import { fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Message, Subscription } from '@google-cloud/pubsub'
import { poll } from '../../scripts/poll.ts'
import { startPipeline } from '../end-to-end/pipeline.ts'
import type { LoadResult } from './load.ts'
import { cpuOf, line, median } from './measure.ts'
import { openPubSub, removeSubscriptions } from './topic.ts'

const KEY = 'bench'
const SHA256 = createHash('sha256').update(KEY).digest('hex')
const CONNECTIONS = 64

interface Round extends LoadResult {
  /** CPU microseconds of the server for a request. */
  readonly us: number
}

/**
 * Orders over 64 connections, so many rounds of so many seconds, in turns with a bare Fastify route under the same load; after each turn
 * every event that was answered 200 is looked for in Pub/Sub.
 */
export async function gateway(rounds: number, seconds: number): Promise<void> {
  const API_KEYS = JSON.stringify({ bench: { sha256: SHA256, requests_per_minute: 100_000_000 } })
  const pipeline = await startPipeline({
    services: ['event-gateway'],
    env: { LOG_LEVEL: 'warn', API_KEYS },
    resources: { bigquerySubscriptions: false },
  })
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-route.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pubsub = openPubSub(pipeline.cloud)
  try {
    const [bareUrl] = (await once(createInterface(bare.stdout), 'line')) as [string]
    await removeSubscriptions(pubsub)
    const [subscription] = await pubsub.topic('backend-events-topic').createSubscription('bench-gateway')
    let taken = 0
    let missing = 0
    const ours: Round[] = []
    const theirs: Round[] = []
    for (let round = 0; round < rounds; round++) {
      const loaded = await load(pipeline.gatewayUrl, pipeline.eventGateway.pid, seconds)
      ours.push(loaded)
      theirs.push(await load(bareUrl, bare.pid, seconds))
      taken += loaded.ids.length
      missing += await missingOf(loaded.ids, subscription)
    }
    const failures = ours.reduce((sum, each) => sum + each.failures, 0)
    const rates = [ours, theirs].map((all) => median(all.map(({ rate }) => rate)))
    const p99s = [ours, theirs].map((all) => median(all.map(({ p99 }) => p99)))
    const uss = [ours, theirs].map((all) => median(all.map(({ us }) => us)))
    line(
      Math.round(rates[0]!),
      `requests/s taken, judged and published by event-gateway, ${CONNECTIONS} connections`,
    )
    line(Math.round(rates[1]!), 'requests/s of a bare Fastify route that only parses the body')
    line((rates[0]! / rates[1]!).toFixed(2), '× its requests a second')
    line((p99s[0]! / p99s[1]!).toFixed(1), `× its p99 (${p99s.map((ms) => ms.toFixed(1)).join(' ms, ')} ms)`)
    line(uss.map((us) => us.toFixed(1)).join(' / '), 'µs CPU of the two servers for a request')
    line(failures, 'answers that were not 200')
    line(missing, `of ${taken} events answered 200 that are not in Pub/Sub`)
  } finally {
    bare.kill()
    await pubsub.close()
    await pipeline.close()
  }
}

/** A round of load, from a process of its own: this one is Pub/Sub. */
async function load(url: string, pid: number | undefined, seconds: number): Promise<Round> {
  const before = cpuOf(pid) ?? Number.NaN
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), [
    url,
    KEY,
    String(CONNECTIONS),
    String(seconds),
  ])
  const [round] = (await once(child, 'message')) as [LoadResult]
  child.disconnect()
  return { ...round, us: ((cpuOf(pid) ?? Number.NaN) - before) / round.answered }
}

/** How many of the events cannot be found on the subscription. */
async function missingOf(ids: readonly string[], subscription: Subscription): Promise<number> {
  const missing = new Set(ids)
  const found = (message: Message) => {
    missing.delete(message.attributes['ce-id'] ?? '')
    message.ack()
  }
  subscription.on('message', found)
  await poll(() => (missing.size === 0 ? true : undefined), {
    timeoutMs: 120_000,
    what: 'every event in Pub/Sub',
  }).catch(() => undefined)
  subscription.off('message', found)
  await subscription.close()
  return missing.size
}

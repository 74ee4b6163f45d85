import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'undici'
import type { Faults } from '../../faults/faults.ts'
import type { PushFormat } from '../resources/push-format.ts'
import { pushRequest } from './push-request.ts'
import type { PushTokens } from './push-tokens.ts'
import type { PushConfig } from '../resources/subscription-config.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

// cloud.google.com/pubsub/docs/push: these acknowledge, everything else gives the message back
const ACKNOWLEDGING = new Set([102, 200, 201, 202, 204])

// more connections than this make delivery slower, not faster
const WIDEST = 64
const NARROWEST = 4

// cloud.google.com/pubsub/docs/push ("Push backoff"): an endpoint that says no waits between 100 ms and 60 s
const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 60_000

/**
 * docs: Eventarc, quotas and limits ("Event size", not to be increased). What becomes of a larger event is said for Workflows alone: it
 * triggers nothing. Whether the limit binds for Pub/Sub triggers, whose deliveries Pub/Sub itself pushes, is not said; nor whether it is
 * meant of the message or of the request. So the hardest that it may mean: the request counts, and a larger one never comes.
 */
const EVENTARC_BYTES = 512 << 10

/** Pushes a subscription's messages to its endpoint, one POST a message, in a window that grows with success. */
export class PushDelivery implements Consumer {
  readonly oneOfAKey = true
  readonly format: PushFormat
  readonly #subscription: Subscription
  readonly #faults: Faults
  readonly #tokens: PushTokens
  readonly #path: string
  readonly #pool: Pool
  #inFlight = 0
  #pauseMs = 0
  #pause: NodeJS.Timeout | undefined
  #window = NARROWEST

  constructor(
    subscription: Subscription,
    { endpoint }: PushConfig,
    format: PushFormat,
    { faults, tokens }: { readonly faults: Faults; readonly tokens: PushTokens },
  ) {
    this.#faults = faults
    this.#tokens = tokens
    const url = new URL(endpoint)
    this.format = format
    this.#subscription = subscription
    this.#path = `${url.pathname}${url.search}`
    // loading it takes megabytes and a third of a second, which only those pay who push
    const client = createRequire(import.meta.url)('undici') as typeof import('undici')
    this.#pool = new client.Pool(url.origin, { connections: WIDEST, keepAliveTimeout: 30_000 })
    subscription.attach(this)
  }

  room(): number {
    return this.#pause ? 0 : Math.max(0, Math.floor(this.#window) - this.#inFlight)
  }

  ackDeadlineSeconds(): number {
    return this.#subscription.config.ackDeadlineSeconds
  }

  released(): void {
    this.#inFlight--
  }

  deliver(leases: readonly Lease[]): void {
    this.#inFlight += leases.length
    for (const lease of leases) void this.#push(lease)
  }

  close(): void {
    clearTimeout(this.#pause)
    this.#subscription.detach(this)
    void this.#pool.destroy()
  }

  #authorization(): Readonly<Record<string, string>> {
    const { oidcToken, endpoint } = this.#subscription.config.push ?? {}
    if (!oidcToken) return {}
    const token = this.#tokens.token(oidcToken.serviceAccountEmail, oidcToken.audience || endpoint!)
    return { authorization: `Bearer ${token}` }
  }

  async #push(lease: Lease): Promise<void> {
    const acknowledged = await this.#tryPost(lease)
    if (acknowledged) {
      this.#window = Math.min(WIDEST, this.#window + 1)
      this.#pauseMs = 0
      this.#subscription.acknowledge([lease.ackId])
    } else {
      this.#window = Math.max(NARROWEST, this.#window / 2)
      this.#wait()
      this.#subscription.modifyAckDeadline([lease.ackId], 0)
    }
  }

  /** Longer after each "no" that follows a pause. With a retry policy each message has a backoff of its own instead. */
  #wait(): void {
    if (this.#pause || this.#subscription.config.retryPolicy) return
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#subscription.kick()
    }, this.#pauseMs).unref()
  }

  async #tryPost(lease: Lease): Promise<boolean> {
    const fault = this.#faults.at('pubsub.push')
    if (!fault) return this.#post(lease)
    if (fault.kind === 'error') return false
    if (fault.kind === 'delay') await sleep(fault.ms)
    const acknowledged = await this.#post(lease)
    return acknowledged && fault.kind !== 'lose_answer'
  }

  async #post(lease: Lease): Promise<boolean> {
    const timeout = this.ackDeadlineSeconds() * 1000
    const { headers, body } = pushRequest(lease, this.#subscription.config, this.format)
    if (this.format === 'eventarc' && Buffer.byteLength(body) > EVENTARC_BYTES) return true
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: { ...headers, ...this.#authorization() },
        body,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      })
      await response.body.dump()
      return ACKNOWLEDGING.has(response.statusCode)
    } catch {
      // no answer (nothing listens, a broken connection, too late) is a "no": the message comes again after its backoff
      return false
    }
  }
}

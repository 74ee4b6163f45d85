import { randomUUID } from 'node:crypto'
import type { Message } from '@tablestream/contract'
import { backoff, type Logger } from '@tablestream/service-kit'
import { AckRequests } from './ack-ids.ts'
import { LeaseBatch } from './lease.ts'
import { readPulledMessages, type PulledMessages } from './pulled-message.ts'

/** The bidirectional call of StreamingPull. Responses come as the bytes that they are. */
export interface PullCall {
  /** @param request a StreamingPullRequest: an object, or encoded */
  write(request: object | Buffer): boolean
  end(): void
  cancel(): void
  on(event: 'data', listener: (response: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

export type OpenPull = () => { readonly subscription: string; readonly call: PullCall }

/** A message that is leased to us until it is acked or given back. */
export interface Delivery {
  readonly message: Message
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number
  readonly lease: LeaseBatch
  /** Which one of its lease batch it is. */
  readonly place: number
}

/** Messages that came together: what stands at one place is of one message. */
export interface PulledBatch {
  readonly messages: readonly Message[]
  readonly deliveryAttempts: readonly number[]
  readonly lease: LeaseBatch
}

export interface PullStreamOptions {
  readonly open: OpenPull
  readonly receive: (batch: PulledBatch) => void
  readonly logger: Logger
  readonly leaseSeconds: number
  readonly maxMessages: number
  readonly maxBytes: number
}

const KEEPALIVE_MS = 30_000
const PONG_MS = 15_000
const REOPENING = { firstMs: 100, longestMs: 10_000 }
const ACK_RETRY_MS = 100
/** A request may hold 512 KiB of ack ids; Google's are up to 200 bytes. */
const IDS_A_REQUEST = 2000
const ACK_DELAY_MS = 5

/**
 * Messages from one StreamingPull call, which is opened again whenever it ends, with everything about them on the same
 * call: leases extended, acks, messages given back. Written on the generated client's stream, because the high-level
 * subscriber takes eight times the CPU a message.
 */
export class PullStream {
  readonly #options: PullStreamOptions
  readonly #clientId = randomUUID()
  readonly #leases = new Set<LeaseBatch>()
  #held = 0
  readonly #timers: NodeJS.Timeout[] = []
  #call: PullCall | undefined
  readonly #acks = new AckRequests()
  #ackTimer: NodeJS.Timeout | undefined
  #pongTimer: NodeJS.Timeout | undefined
  #setbacks = 0
  #stopped = false

  constructor(options: PullStreamOptions) {
    this.#options = options
  }

  /** Messages that are neither acked nor given back. */
  get held(): number {
    return this.#held
  }

  get isOpen(): boolean {
    return this.#call !== undefined
  }

  start(): void {
    this.#open()
    this.#timers.push(
      setInterval(() => this.#keepAlive(), KEEPALIVE_MS),
      setInterval(() => this.#extend(), (this.#options.leaseSeconds * 1000) / 4),
    )
  }

  /** The message has reached its end. */
  ack(deliveries: readonly Delivery[]): void {
    for (const { lease, place } of deliveries) {
      if (this.#settle(lease, place)) this.#acks.add(lease.ids, place)
    }
    if (this.#acks.isFull) this.#flushAcks()
    else if (!this.#acks.isEmpty) this.#ackTimer ??= setTimeout(() => this.#flushAcks(), ACK_DELAY_MS)
  }

  /** Somebody may try the message again now. */
  giveBack(deliveries: readonly Delivery[]): void {
    const ids: string[] = []
    for (const { lease, place } of deliveries) {
      if (this.#settle(lease, place)) ids.push(lease.ids.text(place))
    }
    this.#modify(ids, 0)
  }

  #settle(lease: LeaseBatch, place: number): boolean {
    if (!lease.settle(place)) return false
    this.#held--
    if (lease.held === 0) this.#leases.delete(lease)
    return true
  }

  /** Takes no new messages; acks and leases of those that are held go on. */
  stopPulling(): void {
    this.#stopped = true
  }

  /** Sends what is left to say and ends the call. */
  close(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#pongTimer)
    this.#flushAcks()
    this.#call?.end()
    this.#call = undefined
  }

  #open(): void {
    const { open, leaseSeconds, maxMessages, maxBytes } = this.#options
    const { call, subscription } = open()
    this.#call = call
    call.on('data', (response) => this.#receive(call, response))
    call.on('error', (error) => this.#ended(call, error.message))
    call.on('end', () => this.#ended(call, 'ended by the server'))
    call.write({
      subscription,
      streamAckDeadlineSeconds: leaseSeconds,
      clientId: this.#clientId,
      maxOutstandingMessages: maxMessages,
      maxOutstandingBytes: maxBytes,
      protocolVersion: 1,
    })
  }

  #receive(call: PullCall, response: Buffer): void {
    clearTimeout(this.#pongTimer)
    this.#pongTimer = undefined
    this.#setbacks = 0
    const pulled = this.#read(call, response)
    if (!pulled || pulled.messages.length === 0) return
    const { ackIds, deliveryAttempts, messages } = pulled
    const lease = new LeaseBatch(ackIds, Date.now() + this.#options.leaseSeconds * 1000)
    if (this.#stopped) {
      // what was on its way when we stopped: somebody else may have it at once
      this.#modify(lease.unsettled(), 0)
      return
    }
    this.#leases.add(lease)
    this.#held += ackIds.count
    this.#options.receive({ messages, deliveryAttempts, lease })
  }

  #read(call: PullCall, response: Buffer): PulledMessages | undefined {
    try {
      return readPulledMessages(response)
    } catch (error) {
      // nobody knows which messages it held: their leases end, and they come again
      this.#options.logger.error({ err: error }, 'a response of Pub/Sub could not be read')
      call.cancel()
      this.#ended(call, 'a response could not be read')
      return undefined
    }
  }

  #ended(call: PullCall, reason: string): void {
    if (this.#call !== call) return
    this.#call = undefined
    if (this.#stopped) return
    this.#setbacks++
    // Google ends streams after a while as a matter of course; only a series of ends is worth a word
    const log = this.#setbacks > 2 ? 'warn' : 'debug'
    this.#options.logger[log](
      { reason, setbacks: this.#setbacks },
      'the stream of messages ended; opening it again',
    )
    setTimeout(() => !this.#stopped && this.#open(), backoff(this.#setbacks, REOPENING))
  }

  #keepAlive(): void {
    const call = this.#call
    if (!call) return
    call.write({})
    this.#pongTimer ??= setTimeout(() => {
      this.#pongTimer = undefined
      call.cancel()
      this.#ended(call, `no answer to a keepalive within ${PONG_MS} ms`)
    }, PONG_MS)
  }

  /** Extends each lease that has less than half of its time left. */
  #extend(): void {
    const { leaseSeconds } = this.#options
    const now = Date.now()
    const soon = now + (leaseSeconds * 1000) / 2
    const ids: string[] = []
    for (const lease of this.#leases) {
      if (lease.until > soon) continue
      ids.push(...lease.unsettled())
      lease.until = now + leaseSeconds * 1000
    }
    this.#modify(ids, leaseSeconds)
  }

  #flushAcks(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    // without a call they stay for the next one: acks are good until their lease ends, on whichever stream
    if (this.#call) for (const request of this.#acks.take()) this.#call.write(request)
    else if (!this.#acks.isEmpty && !this.#stopped)
      this.#ackTimer = setTimeout(() => this.#flushAcks(), ACK_RETRY_MS)
  }

  #modify(ids: readonly string[], seconds: number): void {
    for (let at = 0; at < ids.length; at += IDS_A_REQUEST) {
      const some = ids.slice(at, at + IDS_A_REQUEST)
      this.#call?.write({ modifyDeadlineAckIds: some, modifyDeadlineSeconds: some.map(() => seconds) })
    }
  }
}

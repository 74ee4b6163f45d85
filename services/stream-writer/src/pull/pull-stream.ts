import { divide } from '../divide.ts'
import { randomUUID } from 'node:crypto'
import type { Message } from '@tablestream/contract'
import { backoff, type Logger } from '@tablestream/service-kit'
import { HeldLeases } from './held-leases.ts'
import { LeaseBatch } from './lease.ts'
import { readPulledMessages, type PulledMessages } from './pulled-message.ts'
import { Settlements } from './settlements.ts'

/** The bidirectional call of StreamingPull. Responses come as the bytes that they are. */
export interface PullCall {
  write(request: object): boolean
  end(): void
  cancel(): void
  pause(): unknown
  resume(): unknown
  on(event: 'data', listener: (response: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

/** A subscription: a stream of messages out of it, and calls that tell it what becomes of them. */
export interface PulledSubscription {
  open(): { readonly subscription: string; readonly call: PullCall }
  /** @param ids ack ids as an AcknowledgeRequest brings them, encoded. Resolves once Pub/Sub has heard it. */
  acknowledge(ids: Buffer): Promise<void>
  /** @param ids ack ids as a ModifyAckDeadlineRequest brings them, encoded. Resolves once Pub/Sub has heard it. */
  modifyAckDeadline(ids: Buffer, seconds: number): Promise<void>
}

/** A message that is leased to us until it is acked or given back. */
export interface LeasedMessage {
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
  readonly subscription: PulledSubscription
  readonly receive: (batch: PulledBatch) => void
  readonly logger: Logger
  readonly leaseSeconds: number
  readonly maxMessages: number
  readonly maxBytes: number
}

const KEEPALIVE_MS = 30_000
const PONG_MS = 15_000
const REOPENING = { firstMs: 100, longestMs: 10_000 }
/** How often it is seen whether there is room: to open a stream, to read on, or for a wider stream. */
const ROOM_MS = 200
/** A stream is opened when so much of the limits is free, */
const LEAST_ROOM = 0.1
/** and opened anew when it got less than this part of them, and now so much is free. */
const SMALL = 0.5
const LARGE = 0.75
/** How long a stream that we end may go on: what is on its way is taken, and no more. */
const LEAVING_MS = 1000

/**
 * Messages from one StreamingPull call, which is opened again whenever it ends. What becomes of them is told by calls of their
 * own. Written on the generated client's stream, because the high-level subscriber takes eight times the CPU a message.
 */
export class PullStream {
  readonly #options: PullStreamOptions
  readonly #clientId = randomUUID()
  readonly #leases: HeldLeases
  readonly #acks: Settlements
  readonly #givenBack: Settlements
  #keepAliveTimer: NodeJS.Timeout | undefined
  /** Runs while there is not room enough. */
  #roomTimer: NodeJS.Timeout | undefined
  #call: PullCall | undefined
  /** The part of the limits that the stream was opened with. */
  #share = 1
  #isPaused = false
  #pongTimer: NodeJS.Timeout | undefined
  #setbacks = 0
  #stopped = false

  constructor(options: PullStreamOptions) {
    this.#options = options
    const { subscription, logger, leaseSeconds } = options
    const extend = (ids: Buffer) => subscription.modifyAckDeadline(ids, leaseSeconds)
    this.#leases = new HeldLeases({ leaseSeconds, extend, logger })
    const acknowledge = (ids: Buffer) => subscription.acknowledge(ids)
    this.#acks = new Settlements({ method: 'acknowledge', send: acknowledge, logger })
    const giveBack = (ids: Buffer) => subscription.modifyAckDeadline(ids, 0)
    this.#givenBack = new Settlements({ method: 'modifyAckDeadline', send: giveBack, logger })
  }

  /** Messages that Pub/Sub does not know to be settled. */
  get held(): number {
    return this.#leases.count + this.#acks.unconfirmed + this.#givenBack.unconfirmed
  }

  get isOpen(): boolean {
    return this.#call !== undefined
  }

  /** Whether nothing can come any more. */
  get hasEnded(): boolean {
    return this.#stopped && this.#call === undefined
  }

  start(): void {
    this.#open()
    this.#leases.start()
    this.#keepAliveTimer = setInterval(() => this.#keepAlive(), KEEPALIVE_MS)
  }

  /** The message has reached its end. */
  ack(messages: readonly LeasedMessage[]): void {
    this.#settle(messages, this.#acks)
  }

  /** Somebody may try the message again now. Where the lease is lost somebody may have it: to tell it would take it from them. */
  giveBack(messages: readonly LeasedMessage[]): void {
    const [lost, ours] = divide(messages, ({ lease }) => lease.isLost())
    for (const { lease, place } of lost) this.#leases.settle(lease, place)
    this.#settle(ours, this.#givenBack)
  }

  #settle(messages: readonly LeasedMessage[], how: Settlements): void {
    for (const { lease, place } of messages) {
      if (this.#leases.settle(lease, place)) how.add(lease.ids, place)
    }
  }

  /** Ends the stream: what was sent already still comes, and nothing after it. Acks and leases of what is held go on. */
  stopPulling(): void {
    this.#stopped = true
    if (this.#call) this.#leave(this.#call)
  }

  /** Resolves when Pub/Sub knows what became of everything that is settled, or after this time. */
  async close(mostMs: number): Promise<void> {
    this.stopPulling()
    clearInterval(this.#keepAliveTimer)
    clearInterval(this.#roomTimer)
    clearTimeout(this.#pongTimer)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs)))
    await Promise.race([Promise.all([this.#acks.settled(), this.#givenBack.settled()]), late])
    clearTimeout(timer)
    // until here, so that what is under way stays ours
    this.#leases.stop()
    this.#call?.cancel()
    this.#call = undefined
  }

  /** The part of the limits that is free; below 0 when more is held than they allow. */
  #room(): number {
    const { maxMessages, maxBytes } = this.#options
    return 1 - Math.max(this.held / maxMessages, this.#leases.bytes / maxBytes)
  }

  #open(): void {
    if (this.#stopped) return
    const { subscription, leaseSeconds, maxMessages, maxBytes } = this.#options
    // Pub/Sub counts by stream: what came on earlier ones and is still held, it knows nothing of
    const room = this.#room()
    if (room < LEAST_ROOM) {
      setTimeout(() => this.#open(), ROOM_MS).unref()
      return
    }
    this.#share = room
    this.#isPaused = false
    if (room < SMALL) this.#watchRoom()
    const { call, subscription: name } = subscription.open()
    this.#call = call
    call.on('data', (response) => this.#receive(call, response))
    call.on('error', (error) => this.#ended(call, error.message))
    call.on('end', () => this.#ended(call, 'ended by the server'))
    call.write({
      subscription: name,
      streamAckDeadlineSeconds: leaseSeconds,
      clientId: this.#clientId,
      maxOutstandingMessages: Math.max(1, maxMessages - this.held),
      maxOutstandingBytes: Math.max(1, maxBytes - this.#leases.bytes),
      protocolVersion: 1,
    })
    // while there was no stream there may have been no Pub/Sub at all
    this.#leases.extend()
  }

  #receive(call: PullCall, response: Buffer): void {
    if (call === this.#call) {
      clearTimeout(this.#pongTimer)
      this.#pongTimer = undefined
      this.#setbacks = 0
    }
    const pulled = this.#read(call, response)
    if (!pulled || pulled.messages.length === 0) return
    const { ackIds, sizes, deliveryAttempts, messages } = pulled
    const lease = new LeaseBatch(ackIds, this.#leases.leasedSince + this.#options.leaseSeconds * 1000, sizes)
    this.#leases.add(lease)
    this.#options.receive({ messages, deliveryAttempts, lease })
    // a server that keeps to the limits never comes here; Google's emulator knows none
    if (call === this.#call && !this.#isPaused && this.#room() < 0) {
      this.#isPaused = true
      call.pause()
      this.#watchRoom()
    }
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
    setTimeout(() => this.#open(), backoff(this.#setbacks, REOPENING))
  }

  /** Looks for room as long as some is wanted: a writer that has enough is not woken five times a second. */
  #watchRoom(): void {
    this.#roomTimer ??= setInterval(() => this.#useRoom(), ROOM_MS)
  }

  /** Reads on; or opens the stream anew when it was opened for little, because much was held, and now there is room. */
  #useRoom(): void {
    const call = this.#call
    if (!call || this.#stopped) return
    if (this.#isPaused && this.#room() >= 0) {
      this.#isPaused = false
      call.resume()
    }
    if (this.#share < SMALL && this.#room() >= LARGE) {
      this.#call = undefined
      this.#leave(call)
      this.#open()
    }
    if (this.#isPaused || this.#share < SMALL) return
    clearInterval(this.#roomTimer)
    this.#roomTimer = undefined
  }

  /** Says that we send nothing more, upon which the server ends the call. */
  #leave(call: PullCall): void {
    call.resume()
    call.end()
    const timer = setTimeout(() => call.cancel(), LEAVING_MS).unref()
    call.on('end', () => clearTimeout(timer))
  }

  #keepAlive(): void {
    const call = this.#call
    // while we do not read, no answer is seen
    if (!call || this.#stopped || this.#isPaused) return
    call.write({})
    this.#pongTimer ??= setTimeout(() => {
      this.#pongTimer = undefined
      if (this.#isPaused) return
      call.cancel()
      this.#ended(call, `no answer to a keepalive within ${PONG_MS} ms`)
    }, PONG_MS)
  }
}

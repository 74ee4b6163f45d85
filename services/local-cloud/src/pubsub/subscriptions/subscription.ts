import type { Faults } from '../../faults/faults.ts'
import type { GoogleError } from '../../google-error.ts'
import { Backlog } from './backlog.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Delivery } from './line.ts'
import type { Published } from '../messages/published.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
import { OrderedBacklog } from './ordered-backlog.ts'
import type { SubscriptionConfig } from '../resources/subscription-config.ts'

interface Outstanding extends Lease {
  readonly number: number
  readonly delivery: Delivery
  readonly consumer: Consumer
  deadline: number
}

export interface SubscriptionEvents {
  readonly now: () => number
  readonly faults: Faults
  /** The message reached its end here: acked, dead-lettered or too old. */
  readonly settled: (message: StoredMessage) => void
  /** Publishes to the dead-letter topic; false when that topic does not exist. */
  readonly deadLetter: (subscription: Subscription, message: StoredMessage, deliveries: number) => boolean
}

/** What can become of an ack id: `unordered` is one of an ordering key of which an earlier message is still out. */
export type AckState = 'held' | 'unordered' | 'invalid'

const LARGEST_DELIVERY_BYTES = 1 << 20
const LARGEST_DELIVERY = 1000
// Google answers a publish long before it delivers the message, and programs count on knowing the message's id by then
const HEAD_START_MS = 3
const SWEEP_MS = 100
const ZERO = 0x30
const ACK_ID = /^[0-9a-z]+-[0-9a-z]+-[0-9]+$/

/** Who holds which message until when: the state machine of one subscription. No protocol, no I/O. */
export class Subscription {
  config: SubscriptionConfig
  readonly #events: SubscriptionEvents
  readonly #backlog: Backlog
  /** The same, where the subscription keeps the order of ordering keys. */
  readonly #ordered: OrderedBacklog | undefined
  /** By the number at the end of its ack id: a text would be hashed for each message, twice. */
  readonly #outstanding = new Map<number, Outstanding>()
  readonly #consumers = new Set<Consumer>()
  readonly #incarnation: string
  #nextAckId = 1
  /** No lease ends before: until then nobody need look for one that is over. */
  #firstDeadline = Number.POSITIVE_INFINITY
  #kicked = false
  #sweep: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined

  /** @param key no other subscription has it: ack ids of two are never equal */
  constructor(config: SubscriptionConfig, key: number, events: SubscriptionEvents) {
    this.config = config
    this.#events = events
    this.#incarnation = `${key.toString(36)}-${Math.floor(events.now()).toString(36)}`
    this.#ordered = config.enableMessageOrdering ? new OrderedBacklog(() => this.kick()) : undefined
    this.#backlog = this.#ordered ?? new Backlog()
  }

  /** Messages not acked yet, leased ones included. */
  get undelivered(): number {
    return this.#backlog.size + this.#outstanding.size
  }

  /** Every message that has not reached its end yet, with its failures so far: what must outlive a restart. */
  *pending(): Generator<Delivery> {
    for (const { delivery } of this.#outstanding.values()) yield delivery
    yield* this.#backlog.all()
  }

  /** The same messages in the order in which they were published. */
  inOrder(): StoredMessage[] {
    const messages = [...this.pending()].map(({ message }) => message)
    return messages.toSorted((a, b) => Number(a.id) - Number(b.id))
  }

  /** These messages and no others are not acked from now on. Ack ids of deliveries until now mean nothing any more. */
  startOver(messages: readonly StoredMessage[]): void {
    for (const { ackId } of this.#outstanding.values()) this.#release(ackId)
    this.#backlog.clear()
    for (const message of messages) this.#backlog.push({ message, failures: 0 })
    this.kick()
  }

  add(message: StoredMessage): void {
    this.#backlog.push({ message, failures: 0 })
    this.#kickSoon()
  }

  addAll(published: Published): void {
    this.#backlog.pushAll(published)
    this.#kickSoon()
  }

  attach(consumer: Consumer): void {
    this.#consumers.add(consumer)
    this.kick()
  }

  /** What the consumer holds stays leased until its deadline, as at Google. */
  detach(consumer: Consumer): void {
    this.#consumers.delete(consumer)
    this.#backlog.gone(consumer)
  }

  acknowledge(ackIds: readonly string[]): void {
    for (const ackId of ackIds) {
      const held = this.#release(ackId)
      if (held) this.#acked(held.delivery)
    }
    this.kick()
  }

  /** What an ack with this id would do now. A lease whose deadline is over is given back by asking. */
  stateOf(ackId: string): AckState {
    const held = this.#held(ackId)
    if (!held) return 'invalid'
    if (held.deadline <= this.#events.now()) {
      this.#giveBack(ackId)
      return 'invalid'
    }
    return held.delivery.line?.isFirst(held.delivery) === false ? 'unordered' : 'held'
  }

  /** Zero seconds give the message back at once (a nack). Unknown and late ack ids are no error. */
  modifyAckDeadline(ackIds: readonly string[], seconds: number): void {
    const deadline = this.#events.now() + seconds * 1000
    for (const ackId of ackIds) {
      if (seconds === 0) this.#giveBack(ackId)
      else {
        const held = this.#held(ackId)
        if (held) held.deadline = deadline
      }
    }
    if (seconds > 0) this.#firstDeadline = Math.min(this.#firstDeadline, deadline)
    this.kick()
  }

  /** Looks for room at the consumers, once for all calls of this turn. */
  kick(): void {
    if (this.#kicked) return
    this.#kicked = true
    setImmediate(() => {
      this.#kicked = false
      this.#deliver()
    })
  }

  #kickSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.kick()
    }, HEAD_START_MS).unref()
  }

  /** Lets every consumer go that listens. */
  end(why: GoogleError): void {
    for (const consumer of this.#consumers) consumer.ended?.(why)
  }

  close(): void {
    clearInterval(this.#sweep)
    this.#sweep = undefined
    clearTimeout(this.#soon)
    this.#consumers.clear()
    this.clear()
  }

  /** Forgets every message. */
  clear(): void {
    this.#backlog.clear()
    this.#outstanding.clear()
  }

  #deliver(): void {
    for (const consumer of this.#consumers) {
      const leases = this.#lease(consumer)
      if (leases.length > 0) {
        // the next round begins with the consumer after this one
        this.#consumers.delete(consumer)
        this.#consumers.add(consumer)
        consumer.deliver(leases)
        this.kick()
        return
      }
    }
  }

  #lease(consumer: Consumer): Lease[] {
    const leases: Lease[] = []
    const now = this.#events.now()
    const oldest = now - this.config.messageRetentionSeconds * 1000
    const deadline = now + consumer.ackDeadlineSeconds() * 1000
    let room = Math.min(consumer.room(), LARGEST_DELIVERY)
    const mostBytes = Math.min(consumer.roomBytes?.() ?? LARGEST_DELIVERY_BYTES, LARGEST_DELIVERY_BYTES)
    let bytes = 0
    while (room > 0 && bytes < mostBytes) {
      const delivery = this.#backlog.shift(consumer)
      if (!delivery) break
      const { message, line } = delivery
      if (message.publishTime < oldest) {
        this.#acked(delivery)
        continue
      }
      const fault = this.#events.faults.at('pubsub.deliver')
      // an order that is promised is kept
      if (!line && fault?.kind === 'reorder') {
        this.#delay(delivery, fault.ms)
        continue
      }
      if (!line && fault?.kind === 'duplicate') this.#backlog.push({ message, failures: 0 })
      const number = this.#nextAckId++
      const ackId = `${this.#incarnation}-${number}`
      const attempt = this.config.deadLetterPolicy ? delivery.failures + 1 : 0
      if (line) delivery.ackId = ackId
      const held = { ackId, number, message, attempt, delivery, consumer, deadline }
      this.#outstanding.set(number, held)
      leases.push(held)
      bytes += message.size
      room--
    }
    if (leases.length > 0) {
      this.#firstDeadline = Math.min(this.#firstDeadline, deadline)
      this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS).unref()
    }
    return leases
  }

  #expire(): void {
    const now = this.#events.now()
    if (this.#firstDeadline <= now) {
      for (const { ackId, deadline } of this.#outstanding.values()) if (deadline <= now) this.#giveBack(ackId)
      this.#firstDeadline = Number.POSITIVE_INFINITY
      for (const { deadline } of this.#outstanding.values())
        if (deadline < this.#firstDeadline) this.#firstDeadline = deadline
    }
    if (this.#outstanding.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
  }

  #acked(delivery: Delivery): void {
    if (!delivery.line) this.#events.settled(delivery.message)
    else for (const { message } of this.#ordered!.acked(delivery)) this.#events.settled(message)
  }

  #giveBack(ackId: string): void {
    const held = this.#release(ackId)
    if (!held) return
    const { delivery } = held
    delivery.failures++
    const policy = this.config.deadLetterPolicy
    const isDead =
      policy !== undefined &&
      delivery.failures >= policy.maxDeliveryAttempts &&
      this.#events.deadLetter(this, delivery.message, delivery.failures)
    if (isDead) this.#events.settled(delivery.message)
    const wait = isDead ? 0 : backoff(this.config, delivery.failures)
    if (delivery.line) {
      const followers = this.#ordered!.returned(delivery, isDead, wait)
      for (const follower of followers) this.#release(follower.ackId!)
    } else if (wait > 0) this.#delay(delivery, wait)
    else if (!isDead) this.#backlog.push(delivery)
    this.kick()
  }

  #delay(delivery: Delivery, ms: number): void {
    this.#backlog.hold(delivery)
    setTimeout(() => this.#comeBack(delivery), ms).unref()
  }

  #comeBack(delivery: Delivery): void {
    if (this.#backlog.unhold(delivery)) this.kick()
  }

  #held(ackId: string): Outstanding | undefined {
    const held = this.#outstanding.get(numberOf(ackId))
    // an ack id of an earlier incarnation, or of another subscription, may have the same number
    return held?.ackId === ackId ? held : undefined
  }

  #release(ackId: string): Outstanding | undefined {
    const held = this.#held(ackId)
    if (!held) return undefined
    this.#outstanding.delete(held.number)
    held.consumer.released(held.delivery.message.size)
    return held
  }
}

export function isAckId(text: string): boolean {
  return ACK_ID.test(text)
}

/** What stands behind the last dash of an ack id; any number where it is none. */
export function numberOf(ackId: string): number {
  let number = 0
  for (let at = ackId.lastIndexOf('-') + 1; at < ackId.length; at++)
    number = number * 10 + ackId.charCodeAt(at) - ZERO
  return number
}

/** Milliseconds until the next delivery: none without a retry policy, else exponential between its two bounds. */
function backoff({ retryPolicy }: SubscriptionConfig, failures: number): number {
  if (!retryPolicy) return 0
  const { minimumBackoffMs, maximumBackoffMs } = retryPolicy
  return Math.min(minimumBackoffMs * 2 ** Math.min(failures - 1, 30), maximumBackoffMs)
}

import type { Consumer } from '../messages/consumer.ts'
import { Fifo } from './fifo.ts'
import type { StoredMessage } from '../messages/stored-message.ts'

/** A message in a subscription's backlog. */
export interface Delivery {
  readonly message: StoredMessage
  /** How often it came back: nacks and expiries. */
  failures: number
  /** Of its ordering key, where the subscription keeps the order. */
  line?: Line
  /** The last one, where it has a line. */
  ackId?: string
  isAcked?: boolean
}

/**
 * The messages of one ordering key. Those that are out are all at one consumer, and are acked in their order: what is acked
 * before one that came earlier waits for it. When one comes back, so does all that follows it, acked or not.
 */
export class Line {
  readonly key: string
  owner: Consumer | undefined
  /** Waits until its backoff is over. */
  isHeld = false
  /** Stands in a queue of lines that can give a message. */
  isQueued = false
  readonly #waiting = new Fifo<Delivery>()
  /** What came back, and goes out before all else: the first one last. */
  readonly #front: Delivery[] = []
  /** What is out, or acked too early. */
  readonly #sent: Delivery[] = []

  constructor(key: string) {
    this.key = key
  }

  get hasMore(): boolean {
    return this.#front.length > 0 || this.#waiting.size > 0
  }

  get isFree(): boolean {
    return this.#sent.length === 0
  }

  get isEmpty(): boolean {
    return this.isFree && !this.hasMore
  }

  push(delivery: Delivery): void {
    this.#waiting.push(delivery)
  }

  next(): Delivery {
    const delivery = this.#front.pop() ?? this.#waiting.shift()!
    this.#sent.push(delivery)
    return delivery
  }

  isFirst(delivery: Delivery): boolean {
    return this.#sent[0] === delivery
  }

  /** @returns what is done now */
  acked(delivery: Delivery): Delivery[] {
    delivery.isAcked = true
    const end = this.#sent.findIndex(({ isAcked }) => !isAcked)
    return this.#sent.splice(0, end < 0 ? this.#sent.length : end)
  }

  /** @returns what comes back: this one, and what followed it */
  returned(delivery: Delivery): Delivery[] {
    const at = this.#sent.indexOf(delivery)
    const back = this.#sent.splice(at)
    this.#front.push(...back.toReversed())
    return back
  }

  /** Takes out the first one, which has come back. */
  dropFirst(): void {
    this.#front.pop()
  }

  *all(): Generator<Delivery> {
    for (const delivery of this.#sent) if (delivery.isAcked) yield delivery
    yield* this.#front.toReversed()
    yield* this.#waiting.all()
  }
}

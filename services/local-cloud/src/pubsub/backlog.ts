import type { StoredMessage } from './message.ts'

/** A message in a subscription's backlog. */
export interface Delivery {
  readonly message: StoredMessage
  /** How often it came back: nacks and expiries. */
  failures: number
}

/** First in, first out, in constant time, however long; and the deliveries that wait for their backoff. */
export class Backlog {
  #items: (Delivery | undefined)[] = []
  #head = 0
  readonly #held = new Set<Delivery>()

  get size(): number {
    return this.#items.length - this.#head + this.#held.size
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery)
  }

  shift(): Delivery | undefined {
    if (this.#head === this.#items.length) return undefined
    const first = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 65_536 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return first
  }

  hold(delivery: Delivery): void {
    this.#held.add(delivery)
  }

  /** Puts a held delivery back into the line; false when it is held no longer (the subscription was cleared). */
  unhold(delivery: Delivery): boolean {
    const held = this.#held.delete(delivery)
    if (held) this.push(delivery)
    return held
  }

  *all(): Generator<Delivery> {
    yield* this.#held
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at]!
  }

  clear(): void {
    this.#items = []
    this.#head = 0
    this.#held.clear()
  }
}

import type { Consumer } from '../messages/consumer.ts'
import { Fifo } from './fifo.ts'
import type { Delivery } from './line.ts'

/** What a subscription has not delivered: where it keeps no order, or for messages without an ordering key. */
export class Backlog {
  readonly #items = new Fifo<Delivery>()
  readonly #held = new Set<Delivery>()

  get size(): number {
    return this.#items.size + this.#held.size
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery)
  }

  shift(_consumer: Consumer): Delivery | undefined {
    return this.#items.shift()
  }

  /** Keeps a delivery out of the line for a while. */
  hold(delivery: Delivery): void {
    this.#held.add(delivery)
  }

  /** Puts a held delivery back into the line; false when it is held no longer (the subscription was cleared). */
  unhold(delivery: Delivery): boolean {
    const held = this.#held.delete(delivery)
    if (held) this.push(delivery)
    return held
  }

  /** Told that a consumer takes no more. */
  gone(_consumer: Consumer): void {}

  *all(): Generator<Delivery> {
    yield* this.#held
    yield* this.#items.all()
  }

  clear(): void {
    this.#items.clear()
    this.#held.clear()
  }
}

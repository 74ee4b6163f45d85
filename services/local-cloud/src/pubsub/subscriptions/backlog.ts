import type { Consumer } from '../messages/consumer.ts'
import { Published } from '../messages/published.ts'
import { Fifo } from './fifo.ts'
import type { Delivery } from './line.ts'

/** What a subscription has not delivered: where it keeps no order, or for messages without an ordering key. */
export class Backlog {
  readonly #items = new Fifo<Delivery | Published>()
  readonly #held = new Set<Delivery>()
  /** What is being taken apart, before all items, and its next message. */
  #first: Published | undefined
  #next = 0
  /** Messages that are not held. */
  #waiting = 0

  get size(): number {
    return this.#waiting + this.#held.size
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery)
    this.#waiting++
  }

  pushAll(published: Published): void {
    this.#items.push(published)
    this.#waiting += published.length
  }

  shift(_consumer: Consumer): Delivery | undefined {
    if (this.#first) return this.#take(this.#first)
    const item = this.#items.shift()
    if (item instanceof Published) return this.#take(item)
    if (item) this.#waiting--
    return item
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
    if (this.#first) yield* deliveriesOf(this.#first, this.#next)
    for (const item of this.#items.all()) {
      if (item instanceof Published) yield* deliveriesOf(item, 0)
      else yield item
    }
  }

  clear(): void {
    this.#items.clear()
    this.#held.clear()
    this.#first = undefined
    this.#next = this.#waiting = 0
  }

  #take(published: Published): Delivery {
    const message = published.at(this.#next++)
    this.#waiting--
    const isLast = this.#next === published.length
    this.#first = isLast ? undefined : published
    if (isLast) this.#next = 0
    return { message, failures: 0 }
  }
}

function* deliveriesOf(published: Published, from: number): Generator<Delivery> {
  for (let index = from; index < published.length; index++)
    yield { message: published.at(index), failures: 0 }
}

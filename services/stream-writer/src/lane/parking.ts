import { standAlone, type Item } from '../item.ts'

export interface ParkingLimits {
  readonly messages: number
  readonly bytes: number
}

/** Room for the items of all tables that wait. Others need room too: what finds none is given back to Pub/Sub. */
export class ParkingLot {
  readonly #limits: ParkingLimits
  #messages = 0
  #bytes = 0

  constructor(limits: ParkingLimits) {
    this.#limits = limits
  }

  enter({ message }: Item): boolean {
    const { messages, bytes } = this.#limits
    if (this.#messages >= messages || this.#bytes + message.data.length > bytes) return false
    this.#messages++
    this.#bytes += message.data.length
    return true
  }

  leave(items: readonly Item[]): void {
    this.#messages -= items.length
    for (const { message } of items) this.#bytes -= message.data.length
  }
}

/** The items of one table that wait, in their order. */
export class Parked {
  readonly #lot: ParkingLot
  #items: Item[] = []

  constructor(lot: ParkingLot) {
    this.#lot = lot
  }

  get size(): number {
    return this.#items.length
  }

  /** False when there is no room. */
  add(item: Item): boolean {
    if (!this.#lot.enter(item)) return false
    standAlone(item)
    this.#items.push(item)
    return true
  }

  takeAll(): Item[] {
    const items = this.#items
    this.#items = []
    this.#lot.leave(items)
    return items
  }

  /** Those whose deadline has come. */
  takeLate(now: number): Item[] {
    const late = this.#items.filter(({ deadline }) => deadline <= now)
    if (late.length > 0) {
      this.#items = this.#items.filter(({ deadline }) => deadline > now)
      this.#lot.leave(late)
    }
    return late
  }
}

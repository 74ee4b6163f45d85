import { standAlone, type Item } from '../judge/item.ts'

export interface ParkingLimits {
  readonly messages: number
  readonly bytes: number
}

/**
 * A table may have so many times what is free. One alone gets three quarters of the room, two get three sevenths each: however
 * many tables fill it, there is room for the next one.
 */
const SHARE = 3

/** Room for the items of all tables that wait. Others need room too: what finds none is given back to Pub/Sub. */
export class ParkingLot {
  readonly #limits: ParkingLimits
  #messages = 0
  #bytes = 0

  constructor(limits: ParkingLimits) {
    this.#limits = limits
  }

  /** @param held what the table of this item has here */
  enter({ message }: Item, held: ParkingLimits): boolean {
    const size = message.data.length
    const free = { messages: this.#limits.messages - this.#messages, bytes: this.#limits.bytes - this.#bytes }
    if (held.messages + 1 > free.messages * SHARE || held.bytes + size > free.bytes * SHARE) return false
    if (free.messages < 1 || free.bytes < size) return false
    this.#messages++
    this.#bytes += size
    return true
  }

  leave({ message }: Item): void {
    this.#messages--
    this.#bytes -= message.data.length
  }
}

/** The items of one table that wait, in their order. */
export class Parked {
  readonly #lot: ParkingLot
  #items: Item[] = []
  #bytes = 0

  constructor(lot: ParkingLot) {
    this.#lot = lot
  }

  get size(): number {
    return this.#items.length
  }

  /** False when there is no room. */
  add(item: Item): boolean {
    if (!this.#lot.enter(item, { messages: this.#items.length, bytes: this.#bytes })) return false
    standAlone(item)
    this.#bytes += item.message.data.length
    this.#items.push(item)
    return true
  }

  takeAll(): Item[] {
    return this.#take(this.#items.length)
  }

  /** The one that has waited longest. */
  takeFirst(): Item | undefined {
    return this.#take(1)[0]
  }

  /** Those whose deadline has come. */
  takeLate(now: number): Item[] {
    if (!this.#items.some(({ deadline }) => deadline <= now)) return []
    const all = this.#items
    this.#items = all.filter(({ deadline }) => deadline > now)
    return this.#left(all.filter(({ deadline }) => deadline <= now))
  }

  #take(count: number): Item[] {
    return this.#left(this.#items.splice(0, count))
  }

  #left(items: Item[]): Item[] {
    for (const item of items) {
      this.#lot.leave(item)
      this.#bytes -= item.message.data.length
    }
    return items
  }
}

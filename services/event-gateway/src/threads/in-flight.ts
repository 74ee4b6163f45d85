/** Slots that there may be: far more than requests have room in memory, */
const SLOTS = 2 ** 20
/** and how many calls have different ids: so many that the first one of them is long over. Both together are a whole number of a double. */
const TIMES = 2 ** 33

interface Held<Value> {
  readonly id: number
  readonly value: Value
}

/**
 * What is under way, by an id that is given to it. A Map would do, but for the garbage: where one that is filled and emptied all the time
 * makes itself a new table, V8's old table points to the new one. As soon as one of them has grown old, all that come after it live until
 * the whole heap is looked through, and with them what they held.
 */
export class InFlight<Value> {
  readonly #slots: (Held<Value> | undefined)[] = []
  readonly #free: number[] = []
  #count = 0
  #last = 0

  get size(): number {
    return this.#count
  }

  /** @returns its id */
  add(value: Value): number {
    const slot = this.#free.pop() ?? this.#slots.length
    this.#last = (this.#last + 1) % TIMES
    const id = this.#last * SLOTS + slot
    this.#slots[slot] = { id, value }
    this.#count++
    return id
  }

  /** Takes it out; undefined where it is not there any more. */
  take(id: number): Value | undefined {
    const slot = id % SLOTS
    const held = this.#slots[slot]
    if (held?.id !== id) return undefined
    this.#slots[slot] = undefined
    this.#free.push(slot)
    this.#count--
    return held.value
  }

  takeAll(): Value[] {
    return this.#slots.flatMap((held) => (held ? [this.take(held.id)!] : []))
  }
}

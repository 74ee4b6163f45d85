/** Numbers of slots take so much of an id. */
const MOST = 0x10000

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
    const id = ++this.#last * MOST + slot
    this.#slots[slot] = { id, value }
    this.#count++
    return id
  }

  /** Takes it out; undefined where it is not there any more. */
  take(id: number): Value | undefined {
    const slot = id % MOST
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

import type { Item } from './item.ts'

/** The table that rows went into, one string for each time that it was made: a table made anew holds none of them. */
export type Incarnation = string

/** An event that is on its way, or the table that it landed in. */
export type Known = Item | Incarnation

const FILTER_SIZE = 1 << 21
/** Ids differ in their last characters, more often than not. */
const TAIL = 8

/** Events of about the same time. The filter tells of most ids that they are not here, without a look into the map. */
class Generation {
  readonly known = new Map<string, Known>()
  readonly filter = new Uint8Array(FILTER_SIZE)
}

/**
 * What became of the last event ids: at least `size` of them, at most twice as many. Two generations take turns, so that
 * forgetting costs nothing.
 */
export class DuplicateWindow {
  readonly #size: number
  #young = new Generation()
  #old = new Generation()

  /** @param size in events; 0 remembers only what is on its way */
  constructor(size: number) {
    this.#size = Math.max(size, 1)
  }

  get(eventId: string): Known | undefined {
    const slot = slotOf(eventId)
    const known = this.#young.filter[slot] ? this.#young.known.get(eventId) : undefined
    return known ?? (this.#old.filter[slot] ? this.#old.known.get(eventId) : undefined)
  }

  set(eventId: string, known: Known): void {
    if (this.#young.known.size >= this.#size) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.known.set(eventId, known)
    this.#young.filter[slotOf(eventId)] = 1
  }

  delete(eventId: string): void {
    this.#young.known.delete(eventId)
    this.#old.known.delete(eventId)
  }
}

function slotOf(eventId: string): number {
  const { length } = eventId
  let hash = length
  for (let at = Math.max(0, length - TAIL); at < length; at++)
    hash = (Math.imul(hash, 31) + eventId.charCodeAt(at)) | 0
  return (hash ^ (hash >>> 15)) & (FILTER_SIZE - 1)
}

import type { Item } from './item.ts'

/** The table that rows went into, one string for each time that it was made: a table made anew holds none of them. */
export type Incarnation = string

/** An event that is on its way, or the table that it landed in. */
export type Known = Item | Incarnation

/**
 * What became of the last event ids: at least `size` of them, at most twice as many. Two generations take turns, so that
 * forgetting costs nothing.
 */
export class DuplicateWindow {
  readonly #size: number
  #young = new Map<string, Known>()
  #old = new Map<string, Known>()

  /** @param size in events; 0 remembers only what is on its way */
  constructor(size: number) {
    this.#size = Math.max(size, 1)
  }

  get(eventId: string): Known | undefined {
    return this.#young.get(eventId) ?? this.#old.get(eventId)
  }

  set(eventId: string, known: Known): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(eventId, known)
  }

  delete(eventId: string): void {
    this.#young.delete(eventId)
    this.#old.delete(eventId)
  }
}

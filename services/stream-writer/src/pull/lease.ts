import type { AckIds } from './ack-ids.ts'

/**
 * The leases that came in one response: they run out together. A delivery is settled by its place, which costs less than a
 * table of all ack ids would.
 */
export class LeaseBatch {
  readonly ids: AckIds
  readonly #settled: Uint8Array
  #held: number
  /** Milliseconds since 1970. */
  until: number

  constructor(ids: AckIds, until: number) {
    this.ids = ids
    this.#settled = new Uint8Array(ids.count)
    this.#held = ids.count
    this.until = until
  }

  get held(): number {
    return this.#held
  }

  /** False when the delivery at this place was settled before. */
  settle(place: number): boolean {
    if (this.#settled[place] === 1) return false
    this.#settled[place] = 1
    this.#held--
    return true
  }

  /** Ack ids that are not settled. */
  unsettled(): string[] {
    const ids: string[] = []
    this.#settled.forEach((settled, place) => {
      if (settled === 0) ids.push(this.ids.text(place))
    })
    return ids
  }
}

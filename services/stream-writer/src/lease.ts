/**
 * The leases that came in one response: they run out together. A delivery is settled by its place, which costs less than a
 * table of all ack ids would.
 */
export class LeaseBatch {
  readonly #ids: (string | undefined)[]
  #held: number
  /** Milliseconds since 1970. */
  until: number

  /** @param ids are the batch's own from now on */
  constructor(ids: (string | undefined)[], until: number) {
    this.#ids = ids
    this.#held = ids.length
    this.until = until
  }

  get held(): number {
    return this.#held
  }

  /** The ack id at this place; undefined when it was settled before. */
  settle(place: number): string | undefined {
    const id = this.#ids[place]
    if (id === undefined) return undefined
    this.#ids[place] = undefined
    this.#held--
    return id
  }

  /** Ack ids that are not settled. */
  ids(): string[] {
    return this.#ids.filter((id) => id !== undefined)
  }
}

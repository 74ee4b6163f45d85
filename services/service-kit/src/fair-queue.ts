/**
 * Those who wait for turns, by whose they are: each party has one turn after the other, however many of one wait. A name with a blank is
 * that of a party and of a part of it, as the source of an event is (`caller source`): inside of one party its parts take turns, so that
 * a party has no more turns for the names that it makes up.
 */
export class FairQueue<Waiting> {
  readonly #parties = new Map<string, Map<string, Waiting[]>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(whose: string, waiting: Waiting): void {
    const blank = whose.lastIndexOf(' ')
    const [party, part] = blank === -1 ? [whose, ''] : [whose.slice(0, blank), whose.slice(blank + 1)]
    const parts = this.#parties.get(party) ?? new Map<string, Waiting[]>()
    const queue = parts.get(part)
    if (queue) queue.push(waiting)
    else parts.set(part, [waiting])
    this.#parties.set(party, parts)
    this.#size++
  }

  /** The one whose turn it is. */
  shift(): Waiting | undefined {
    const [next] = this.#parties
    if (!next) return undefined
    const [party, parts] = next
    const [[part, queue]] = parts as unknown as [[string, Waiting[]]]
    this.#parties.delete(party)
    parts.delete(part)
    const first = queue.shift()!
    // behind all others
    if (queue.length > 0) parts.set(part, queue)
    if (parts.size > 0) this.#parties.set(party, parts)
    this.#size--
    return first
  }
}

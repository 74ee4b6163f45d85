/** Whose a name is: that of a party, or, with a blank, of a part of one (`party part`). */
export function partyOf(name: string): string {
  const blank = name.lastIndexOf(' ')
  return blank === -1 ? name : name.slice(0, blank)
}

interface Party<Waiting> {
  size: number
  readonly parts: Map<string, Waiting[]>
}

/**
 * Those who wait for turns, by whose they are: each party has one turn after the other, however many of one wait. Inside of a party
 * its parts take turns, so that it has no more of them for the names that it makes up (`partyOf`).
 */
export class FairQueue<Waiting> {
  readonly #parties = new Map<string, Party<Waiting>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** How many of a party wait. @param whose its name, or that of a part of it */
  sizeOf(whose: string): number {
    return this.#parties.get(partyOf(whose))?.size ?? 0
  }

  push(whose: string, waiting: Waiting): void {
    const name = partyOf(whose)
    const party = this.#parties.get(name) ?? { size: 0, parts: new Map<string, Waiting[]>() }
    const part = whose.slice(name.length)
    const queue = party.parts.get(part)
    if (queue) queue.push(waiting)
    else party.parts.set(part, [waiting])
    party.size++
    this.#parties.set(name, party)
    this.#size++
  }

  /** The one whose turn it is. */
  shift(): Waiting | undefined {
    const [next] = this.#parties
    if (!next) return undefined
    const [name, party] = next
    const [[part, queue]] = party.parts as unknown as [[string, Waiting[]]]
    this.#parties.delete(name)
    party.parts.delete(part)
    const first = queue.shift()!
    party.size--
    // behind all others
    if (queue.length > 0) party.parts.set(part, queue)
    if (party.size > 0) this.#parties.set(name, party)
    this.#size--
    return first
  }
}

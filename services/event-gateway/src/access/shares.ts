/**
 * Something of which there is only so much, shared by callers: one has at most as much as is left for all others. A single one
 * can have half of it, two a third each, and there is always room for who comes next.
 */
export class Shares {
  readonly #most: number
  /** What a single caller can have. */
  readonly mostOfOne: number
  readonly #byCaller = new Map<string, number>()
  #taken = 0

  /** @param mostOfOne and no more than is left for all others */
  constructor(most: number, mostOfOne = most / 2) {
    this.#most = most
    this.mostOfOne = mostOfOne
  }

  /** Whether there was room. What was taken is given back by `give`. */
  take(caller: string, amount: number): boolean {
    const own = (this.#byCaller.get(caller) ?? 0) + amount
    if (own > Math.min(this.mostOfOne, this.#most - this.#taken - amount)) return false
    this.#byCaller.set(caller, own)
    this.#taken += amount
    return true
  }

  give(caller: string, amount: number): void {
    // callers are few, and stay: to delete and add them again and again makes garbage that lives long (in-flight.ts)
    this.#byCaller.set(caller, Math.max(0, (this.#byCaller.get(caller) ?? 0) - amount))
    this.#taken -= amount
  }
}

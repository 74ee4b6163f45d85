/**
 * Where events hold what says nothing, `[]` or `{}`, and there is no column for it: some columns keep it all the same, as those of JSON
 * do. Plain JSON.
 */
export interface EmptyPlaces {
  /** Keys of the columns in whose values such are. */
  readonly inside: readonly string[]
  /** Texts of such members of events, as objects: `{"tags":[]}`. */
  readonly members: readonly string[]
}

/** So many are remembered, */
const MOST = 1000
/** and texts of so many characters. */
const LONGEST = 1000

/** Those of many events. */
export class EmptyPlacesSeen {
  readonly #inside = new Set<string>()
  readonly #members = new Set<string>()
  #isAll = true

  add({ inside, members }: EmptyPlaces): void {
    for (const key of inside) this.#inside.add(key)
    for (const text of members) {
      if (text.length <= LONGEST && this.#members.size < MOST) this.#members.add(text)
      else if (!this.#members.has(text)) this.#isAll = false
    }
  }

  /** False where there were more, or longer ones, than are remembered. */
  get isAll(): boolean {
    return this.#isAll
  }

  get places(): EmptyPlaces {
    return { inside: [...this.#inside], members: [...this.#members] }
  }
}

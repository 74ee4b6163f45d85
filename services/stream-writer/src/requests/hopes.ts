/** Columns of all hopes together, nested ones too: such a column takes some 300 bytes. */
const MOST_COLUMNS = 200_000

/** Somebody who hopes, and can give it up. */
export interface Hopeful {
  giveUpHope(): void
}

/**
 * How many columns the tables have that are hoped for. Anybody may make up types with thousands of them: where there are too many, the
 * widest hopes are given up first. Then each event of such a table asks for itself, which costs requests and no memory.
 */
export class Hopes {
  readonly #most: number
  readonly #columns = new Map<Hopeful, number>()
  #all = 0

  constructor(most = MOST_COLUMNS) {
    this.#most = most
  }

  get columns(): number {
    return this.#all
  }

  /** @param columns what is hoped for now; 0: nothing is */
  set(who: Hopeful, columns: number): void {
    this.#all += columns - (this.#columns.get(who) ?? 0)
    if (columns === 0) this.#columns.delete(who)
    else this.#columns.set(who, columns)
    while (this.#all > this.#most) this.#widest().giveUpHope()
  }

  #widest(): Hopeful {
    let [[widest, most]] = this.#columns as unknown as [[Hopeful, number]]
    for (const [who, columns] of this.#columns) if (columns > most) [widest, most] = [who, columns]
    // whoever it is says so, too
    this.set(widest, 0)
    return widest
  }
}

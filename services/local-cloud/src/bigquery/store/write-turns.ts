/**
 * `read`: somebody waits for rows that are on their way. `change`: a change of a table, a statement. `spare`: nobody waits.
 */
export type TurnKind = 'read' | 'change' | 'spare'

interface Waiting {
  readonly run: () => Promise<void>
}

/**
 * DuckDB has one writer: work takes turns. Reads and changes come one after the other, in the order of each, so that neither waits
 * for all of the other's; what nobody waits for comes when there is nothing else.
 */
export class WriteTurns {
  readonly #waiting: Readonly<Record<TurnKind, Waiting[]>> = { read: [], change: [], spare: [] }
  #last: TurnKind = 'change'
  #isBusy = false

  take<T>(kind: TurnKind, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting[kind].push({ run: () => work().then(resolve, reject) })
      if (!this.#isBusy) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (let next = this.#next(); next; next = this.#next()) await next.run()
    this.#isBusy = false
  }

  #next(): Waiting | undefined {
    const order: readonly TurnKind[] =
      this.#last === 'read' ? ['change', 'read', 'spare'] : ['read', 'change', 'spare']
    const kind = order.find((each) => this.#waiting[each].length > 0)
    if (!kind) return undefined
    this.#last = kind
    return this.#waiting[kind].shift()
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'

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
  /** A turn in which several things are done, where they are done. */
  readonly #within = new AsyncLocalStorage<{ isOver: boolean }>()

  /** Whether this is done in a turn of `alone`. */
  get isAlone(): boolean {
    // a timer that something in it has set may come later
    return this.#within.getStore()?.isOver === false
  }

  /** Work whose turns are all this one: nobody else has one before it ends. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const inContext = AsyncLocalStorage.snapshot()
    return this.take('change', async () => {
      const turn = { isOver: false }
      try {
        return await inContext(() => this.#within.run(turn, work))
      } finally {
        turn.isOver = true
      }
    })
  }

  take<T>(kind: TurnKind, work: () => Promise<T>): Promise<T> {
    if (this.isAlone) return work()
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

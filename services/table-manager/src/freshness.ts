import type { Tables, TableState } from './tables.ts'

export interface KeepFreshOptions {
  readonly tables: Pick<Tables, 'read'>
  readonly table: string
  /** Milliseconds for which the table is taken to be as it was last seen. */
  readonly cacheMs: () => number
  readonly now: () => number
  /** Told of the table whenever it was read or changed. */
  readonly seen: (state: TableState) => void
}

const VERIFY_AFTER_MS = 100

/** One table as it was last seen, for as long as that counts. */
export class KeptFresh<Request> {
  readonly #options: KeepFreshOptions
  #state: TableState | undefined
  #seenAt = Number.NEGATIVE_INFINITY
  #unverified: { readonly request: Request; readonly since: number } | undefined
  #verification: NodeJS.Timeout | undefined

  constructor(options: KeepFreshOptions) {
    this.#options = options
  }

  /** The table, where what is known of it is fresh. */
  get state(): TableState | undefined {
    if (this.#state && this.#options.now() - this.#seenAt >= this.#options.cacheMs()) this.#state = undefined
    return this.#state
  }

  /** @param source who asks. @returns undefined where there is no such table */
  async read(source?: string): Promise<TableState | undefined> {
    const known = this.state
    if (known) return known
    const state = await this.#options.tables.read(this.#options.table, source)
    if (state) this.remember(state)
    return state
  }

  remember(state: TableState): void {
    this.#state = state
    this.#seenAt = this.#options.now()
    this.#options.seen(state)
  }

  forget(): void {
    this.#state = undefined
  }

  /**
   * An event that was told to fit by what was known may be the last for long, and its table dropped since: then nobody
   * else would make the table again that its row waits for. So the table is looked at once more when that is out of date.
   *
   * @param look asks for the table anew, for the last of these requests
   */
  verifyLater(request: Request, look: (request: Request) => void): void {
    this.#unverified = { request, since: this.#options.now() }
    if (this.#verification) return
    this.#verification = setTimeout(() => {
      this.#verification = undefined
      const { request: last, since } = this.#unverified!
      this.#unverified = undefined
      if (this.#seenAt > since) return
      // what is known may be fresh still, from a change between: it is not what this look is for
      this.forget()
      look(last)
    }, this.#options.cacheMs() + VERIFY_AFTER_MS).unref()
  }
}

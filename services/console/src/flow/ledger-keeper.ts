import type { Ledger } from '@tablestream/ledger'

export interface KeptLedger {
  readonly ledger: Ledger
  readonly since: Date
  /** When it was asked for. */
  readonly at: Date
}

export interface LedgerKeeperOptions {
  readonly read: (since: Date) => Promise<Ledger>
  readonly now: () => number
  /** So old it may be. */
  readonly maxAgeMs: number
}

const SPAN_MS = 3_600_000
/** A ledger that takes long is made more rarely: it shall be a small share of what BigQuery does. */
const PAUSE_FACTOR = 4

/** The ledger of the last hour, made anew while somebody looks at it and it is old. */
export class LedgerKeeper {
  readonly #options: LedgerKeeperOptions
  #kept: KeptLedger | undefined
  #problem: string | undefined
  #underWay = false
  #next = 0

  constructor(options: LedgerKeeperOptions) {
    this.#options = options
  }

  /** What there is; begins to make a newer one where it is time. */
  get(): { readonly kept: KeptLedger | undefined; readonly problem: string | undefined } {
    const { now } = this.#options
    if (!this.#underWay && now() >= this.#next) void this.refresh()
    return { kept: this.#kept, problem: this.#problem }
  }

  /** Never rejects: what went wrong is told by `get`. */
  async refresh(): Promise<void> {
    const { read, now, maxAgeMs } = this.#options
    this.#underWay = true
    const began = now()
    const since = new Date(began - SPAN_MS)
    try {
      this.#kept = { ledger: await read(since), since, at: new Date(began) }
      this.#problem = undefined
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
    this.#underWay = false
    this.#next = now() + Math.max(maxAgeMs, PAUSE_FACTOR * (now() - began))
  }
}

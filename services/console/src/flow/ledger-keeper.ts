import type { Ledger } from '@tablestream/ledger'
import { Kept } from './kept.ts'

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
  readonly #kept: Kept<KeptLedger>

  constructor({ read, now, maxAgeMs }: LedgerKeeperOptions) {
    const readLastHour = async (at: number): Promise<KeptLedger> => {
      const since = new Date(at - SPAN_MS)
      return { ledger: await read(since), since, at: new Date(at) }
    }
    this.#kept = new Kept({ read: readLastHour, now, maxAgeMs, pauseFactor: PAUSE_FACTOR })
  }

  /** What there is; begins to make a newer one where it is time. */
  get(): { readonly kept: KeptLedger | undefined; readonly problem: string | undefined } {
    const { value: kept, problem } = this.#kept.get()
    return { kept, problem }
  }
}

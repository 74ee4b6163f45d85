import type { Faults } from '../../faults/faults.ts'
import { tableId, type Table } from '../table/table.ts'

/**
 * So long the write path says of a dropped table that it is not found, and of one that was made anew under its name: "almost
 * immediately", "a minute or so" (hafenkran/duckdb-bigquery#133).
 */
const LATELY_MS = 60_000

/**
 * Tables that are dropped, and that the write path takes rows for all the same, for as long as a fault plan has it
 * (`storage.dropped`). The rows are gone with the table, also where a new one of the same name is there: "streaming to a table
 * that is deleted and made anew may lose rows" (docs: streaming data into BigQuery, metadata operations).
 */
export class DroppedTables {
  readonly #now: () => number
  readonly #faults: Faults
  readonly #until = new Map<string, { readonly table: Table; readonly until: number }>()
  readonly #dropped = new WeakSet<Table>()
  /** When tables were dropped, by id, the oldest first. */
  readonly #at = new Map<string, number>()

  constructor(now: () => number, faults: Faults) {
    this.#now = now
    this.#faults = faults
  }

  drop(table: Table): void {
    const id = tableId(table.reference)
    this.#at.delete(id)
    this.#at.set(id, this.#now())
    for (const [other, at] of this.#at) if (this.#now() - at >= LATELY_MS) this.#at.delete(other)
    const delay = this.#faults.at('storage.dropped')?.ms ?? 0
    if (delay === 0) return
    this.#dropped.add(table)
    this.#until.set(id, { table, until: this.#now() + delay })
  }

  /** The table that the write path still takes for one of this name. */
  find(id: string): Table | undefined {
    const found = this.#until.get(id)
    if (!found || found.until > this.#now()) return found?.table
    this.#until.delete(id)
    return undefined
  }

  /** Whether a table of this name was dropped a moment ago. */
  wasLately(id: string): boolean {
    const at = this.#at.get(id)
    return at !== undefined && this.#now() - at < LATELY_MS
  }

  /** Whether rows for it go nowhere. */
  has(table: Table): boolean {
    return this.#dropped.has(table)
  }
}

import type { Catalog } from './catalog.ts'
import { expiredPartitions } from './expiration.ts'
import { physical } from '../table/physical.ts'
import type { Store } from '../store/store.ts'
import { isConflict } from '../store/store-errors.ts'
import { incarnationOf, tableId, type Table } from '../table/table.ts'

/** So long rows that come into a partition that is over stay there, in milliseconds; and tables that nobody asks for. */
const SWEEP_MS = 60_000

/** Drops tables whose time is over, and rows of partitions whose time is over. */
export class Expirations {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #now: () => number
  /** When the partitions of each table were looked at, by its id. */
  readonly #looked = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()

  constructor({ catalog, store, now }: { catalog: Catalog; store: Store; now: () => number }) {
    this.#catalog = catalog
    this.#store = store
    this.#now = now
    // what fails here fails again where somebody asks for it, who is told
    this.#timer = setInterval(() => void this.run().catch(() => {}), SWEEP_MS).unref()
  }

  /** Ends when all that is over is gone. */
  run(): Promise<void> {
    const next = this.#running.then(() => this.#sweep())
    this.#running = next.catch(() => {})
    return next
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  async #sweep(): Promise<void> {
    const now = this.#now()
    await this.#catalog.tables.dropExpired()
    for (const table of this.#catalog.tables.known.expiring()) {
      const where = expiredPartitions(table, now)
      if (where === undefined) continue
      const id = tableId(table.reference)
      if (now - (this.#looked.get(id) ?? 0) < SWEEP_MS) continue
      this.#looked.set(id, now)
      await this.#drop(table, where)
    }
  }

  async #drop(table: Table, where: string): Promise<void> {
    try {
      await this.#store.write(
        async (connection) => {
          await connection.run(`DELETE FROM ${physical(table.reference)} WHERE ${where}`)
        },
        [incarnationOf(table)],
      )
    } catch (error) {
      // a transaction that is open comes first: they go when somebody looks again
      if (!isConflict(error)) throw error
    }
  }
}

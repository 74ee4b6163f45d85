import type { Appender } from '../append/connection-pool.ts'
import { classify } from '../append/append-errors.ts'
import type { Item } from '../item/item.ts'
import type { WriteSchema } from '../row/write-schema.ts'
import { attempt, errorOf, settle, withoutLapsed, type Outcome, type SenderOptions } from './sender.ts'

export interface SuspectsOptions extends SenderOptions {
  /** BigQuery refused this row by itself. */
  readonly guilty: (row: Item, message: string) => void
  /** Whether the table still has the columns that rows were encoded for: one made anew, or widened, refuses what the old one took. */
  readonly isCurrent: (schema: WriteSchema) => Promise<boolean>
}

interface Group {
  readonly rows: readonly Item[]
  readonly schema: WriteSchema
}

/**
 * Finds the rows that BigQuery refuses. An answer that names rows says it of each; an error that ends a connection says it
 * of a whole request, and of some of its rows at most. So groups go one after the other on a connection of their own, where
 * nothing stands behind them; a group that is refused as a whole is halved, until one row alone is refused. The rows of other
 * requests have nothing to do with it.
 */
export class Suspects {
  readonly #options: SuspectsOptions
  #groups: Group[] = []
  #appender: { readonly place: Appender; readonly schema: WriteSchema } | undefined
  #running = false

  constructor(options: SuspectsOptions) {
    this.#options = options
  }

  get isIdle(): boolean {
    return !this.#running
  }

  add(rows: readonly Item[], schema: WriteSchema): void {
    if (rows.length === 0) return
    this.#groups.push({ rows, schema })
    if (!this.#running) void this.#run()
  }

  /** The rows that are not under way. */
  takeRows(): Item[] {
    return this.#groups.splice(0).flatMap(({ rows }) => rows)
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      try {
        await this.#judge(group)
      } catch (error) {
        this.#options.events.lost(group.rows, error)
      }
    }
    this.#appender?.place.close()
    this.#appender = undefined
    this.#running = false
  }

  async #judge({ rows: all, schema }: Group): Promise<void> {
    const { guilty, events } = this.#options
    const rows = withoutLapsed([...all], events)
    if (rows.length === 0) return
    const outcome = await attempt(() => this.#connect(schema).append(rows))
    const refusal = wholeRefusal(outcome)
    if (refusal === undefined) {
      if (outcome.outcome !== 'refused_rows') {
        await settle(rows, schema, outcome, this.#options)
        return
      }
      const messages = new Map(outcome.rows.map(({ index, message }) => [index, message]))
      const isCurrent = await this.#options.isCurrent(schema)
      const others = rows.filter((row, index) => {
        const message = isCurrent ? messages.get(index) : undefined
        if (message !== undefined) guilty(row, message)
        return message === undefined
      })
      if (others.length > 0) events.again(others, schema)
      return
    }
    if (rows.length > 1) {
      const half = rows.length >> 1
      this.#groups.unshift({ rows: rows.slice(0, half), schema }, { rows: rows.slice(half), schema })
      return
    }
    if (await this.#options.isCurrent(schema)) guilty(rows[0]!, refusal)
    else events.again(rows, schema)
  }

  #connect(schema: WriteSchema): Appender {
    const { writePath, table } = this.#options
    if (!this.#appender?.place.isOpen || this.#appender.schema !== schema) {
      this.#appender?.place.close()
      this.#appender = { place: writePath.connect(table, schema.descriptor, true), schema }
    }
    return this.#appender.place
  }
}

/** BigQuery's words where it refused the request as a whole. */
function wholeRefusal(outcome: Outcome): string | undefined {
  if (outcome.outcome === 'landed' || outcome.outcome === 'refused_rows') return undefined
  const error = errorOf(outcome)
  if (classify(error) !== 'refused') return undefined
  return (error as { message?: string }).message ?? String(error)
}

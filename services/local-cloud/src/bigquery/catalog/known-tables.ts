import { BigQueryError } from '../errors.ts'
import { mayExpire } from './expiration.ts'
import { tableId, type Table, type TableReference } from '../table/table.ts'

/** The tables that there are, by their ids. What each request asks of them takes no longer where there are thousands. */
export class KnownTables {
  readonly #tables = new Map<string, Table>()
  /** Those that are over some day, or whose partitions are. */
  readonly #expiring = new Map<string, Table>()
  /** Ids by themselves in lower case. */
  readonly #spellings = new Map<string, string>()

  get(id: string): Table | undefined {
    return this.#tables.get(id)
  }

  all(): Table[] {
    return [...this.#tables.values()]
  }

  /** Those that are over some day, or whose partitions are. */
  expiring(): [string, Table][] {
    return [...this.#expiring]
  }

  /** The table whose id differs from this one in nothing but case. */
  twinOf(id: string): string | undefined {
    return this.#spellings.get(id.toLowerCase())
  }

  set(id: string, table: Table): void {
    this.#tables.set(id, table)
    this.#spellings.set(id.toLowerCase(), id)
    if (mayExpire(table)) this.#expiring.set(id, table)
    else this.#expiring.delete(id)
  }

  delete(id: string): void {
    this.#tables.delete(id)
    this.#spellings.delete(id.toLowerCase())
    this.#expiring.delete(id)
  }
}

/** @throws BigQueryError notFound */
export function found(table: Table | undefined, reference: TableReference): Table {
  if (!table) throw new BigQueryError('notFound', `Not found: Table ${tableId(reference)}`)
  return table
}

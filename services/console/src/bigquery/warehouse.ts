import type { Field, Row } from './cells.ts'

export interface WarehouseQuery {
  readonly sql: string
  readonly params?: Readonly<Record<string, unknown>>
  /** Whoever asks says it on where not all rows came that were wanted, because they are large. */
  readonly mayBeCut?: boolean
}

export interface RawAnswer {
  readonly fields: readonly Field[]
  readonly rows: readonly Row[]
  readonly totalRows: number
  readonly bytesRead: number
  /** Rows that were wanted did not come, because they are large. Pages have them all. */
  readonly isCut?: boolean
}

/** What is asked of BigQuery. It reads, and changes nothing. */
export interface Warehouse {
  /**
   * Its rows, 1000 at most if nothing is said, and no more than go into some pages of BigQuery's: 100 MB.
   * @throws the client's own error, with BigQuery's words; Error where these rows are more, and that was not allowed for
   */
  query(query: WarehouseQuery, mostRows?: number): Promise<RawAnswer>
  /** The same, all rows, in pages: of so many rows, or less where they are large. */
  pages(query: WarehouseQuery, pageRows?: number): AsyncGenerator<RawAnswer>
  /** What BigQuery takes the statement for: SELECT, INSERT, SCRIPT … Nothing is run. */
  statementType(sql: string): Promise<string>
  /** undefined: there is none. */
  table(dataset: string, name: string): Promise<TableFacts | undefined>
}

/** As `tables.get` tells it; numbers of 64 bits are texts. */
export interface TableFacts {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly numRows?: string
  readonly numBytes?: string
  /** Milliseconds since 1970. */
  readonly creationTime?: string
  /** TABLE, VIEW, CLONE … */
  readonly type?: string
  readonly timePartitioning?: { readonly field?: string; readonly type?: string }
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: readonly string[] } }
  readonly clustering?: { readonly fields?: readonly string[] }
}

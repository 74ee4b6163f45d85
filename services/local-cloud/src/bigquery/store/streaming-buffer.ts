import type { DuckDBConnection } from '@duckdb/node-api'
import type { Faults } from '../../faults/faults.ts'
import { BigQueryError } from '../errors.ts'
import { incarnationOf, type Table, type TableReference } from '../table/table.ts'

/** Rows that were streamed by one request: those that have DuckDB's row ids from the first to the last. */
export interface BufferedRows {
  readonly first: number
  readonly last: number
  readonly bytes: number
  /** Whether UPDATE, DELETE and MERGE may change them: not those of insertAll (docs: data manipulation language, limitations). */
  readonly mayChange: boolean
}

interface Entry extends BufferedRows {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly until: number
}

/**
 * What is in the streaming buffers of tables. At Google streamed rows stay there for up to 90 minutes: queries see them, copy and extract
 * jobs do not. Here they do so where a fault plan says it (`bigquery.streaming_buffer`). It is forgotten with the process. DuckDB's row ids
 * stand still until a checkpoint behind deletes, the first of which comes with 32 MB of changes.
 */
export class StreamingBuffer {
  readonly #now: () => number
  readonly #faults: Faults | undefined
  /** By the incarnation of their table, in the order in which they came. */
  readonly #entries = new Map<string, readonly Entry[]>()

  constructor(now: () => number, faults: Faults | undefined) {
    this.#now = now
    this.#faults = faults
  }

  /** For how many milliseconds the rows of a request that comes now stay; 0 where no plan says so. */
  stay(): number {
    return this.#faults?.at('bigquery.streaming_buffer')?.ms ?? 0
  }

  add(incarnation: string, rows: BufferedRows, stay: number): void {
    const since = this.#now()
    this.#entries.set(incarnation, [...this.of(incarnation), { ...rows, since, until: since + stay }])
  }

  /** What is in the buffer of a table. Without a plan nothing is. */
  of(incarnation: string): readonly Entry[] {
    if (!this.#faults?.plan) this.#entries.clear()
    const left = (this.#entries.get(incarnation) ?? []).filter(({ until }) => until > this.#now())
    if (left.length > 0) this.#entries.set(incarnation, left)
    else this.#entries.delete(incarnation)
    return left
  }

  forget(incarnation: string): void {
    this.#entries.delete(incarnation)
  }
}

/** SQL of whether a row is one of these. @param id SQL of DuckDB's row id */
export function isOneOf(rows: readonly BufferedRows[], id = 'rowid'): string {
  return `(${rows.map(({ first, last }) => `${id} BETWEEN ${first} AND ${last}`).join(' OR ') || 'FALSE'})`
}

export const countOf = (rows: readonly BufferedRows[]): number =>
  rows.reduce((sum, { first, last }) => sum + last - first + 1, 0)

/** What tables.get shows of a buffer that is not empty. */
export function bufferResource(entries: readonly Entry[]): Readonly<Record<string, string>> {
  return {
    estimatedRows: String(countOf(entries)),
    estimatedBytes: String(entries.reduce((sum, { bytes }) => sum + bytes, 0)),
    oldestEntryTime: String(entries[0]!.since),
  }
}

/**
 * @param touched SQL of the row ids that a statement changes or deletes
 * @throws BigQueryError where it may not change one of them
 */
export async function checkTouched(
  buffer: StreamingBuffer,
  connection: DuckDBConnection,
  table: Table,
  touched: string,
): Promise<void> {
  const fixed = buffer.of(incarnationOf(table)).filter(({ mayChange }) => !mayChange)
  if (fixed.length === 0) return
  const query = `SELECT 1 FROM (${touched}) AS touched(id) WHERE ${isOneOf(fixed, 'id')} LIMIT 1`
  if ((await connection.runAndReadAll(query)).currentRowCount > 0)
    throw wouldAffectBuffer('UPDATE or DELETE', table.reference)
}

/** Google's words for a statement that changes rows of the buffer. */
export function wouldAffectBuffer(statement: string, table: TableReference): BigQueryError {
  const name = `${table.projectId}.${table.datasetId}.${table.tableId}`
  const message = `${statement} statement over table ${name} would affect rows in the streaming buffer, which is not supported`
  return new BigQueryError('invalidQuery', message)
}

import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api'
import type { Faults } from '../../faults/faults.ts'
import { BigQueryError } from '../errors.ts'
import { physical } from '../table/physical.ts'
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

/** Rows that follow each other leave together where that is so small a part of their stay: a table has a thousand entries at most. */
const TOGETHER = 1 / 1000

/**
 * What is in the streaming buffers of tables. At Google streamed rows stay there for up to 90 minutes: queries see them, copy and extract
 * jobs do not. Here they do so where a fault plan says it (`bigquery.streaming_buffer`). It is forgotten with the process. DuckDB's row ids
 * stand still until a checkpoint behind deletes, the first of which comes with 32 MB of changes.
 */
export class StreamingBuffer {
  readonly #now: () => number
  readonly #faults: Faults | undefined
  /** By the incarnation of their table, in the order in which they came. */
  readonly #entries = new Map<string, Entry[]>()

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
    const until = since + stay
    const entries = this.#entries.get(incarnation) ?? []
    while (entries.length > 0 && entries[0]!.until <= since) entries.shift()
    const last = entries.at(-1)
    const isNeighbour = last !== undefined && rows.first > last.first && rows.first <= last.last + 1
    if (isNeighbour && last.mayChange === rows.mayChange && Math.abs(until - last.until) <= stay * TOGETHER)
      entries[entries.length - 1] = { ...last, last: rows.last, bytes: last.bytes + rows.bytes }
    else entries.push({ ...rows, since, until })
    this.#entries.set(incarnation, entries)
  }

  /** What is in the buffer of a table. Without a plan nothing is. */
  of(incarnation: string): readonly Entry[] {
    if (!this.#faults?.plan) this.#entries.clear()
    const now = this.#now()
    const left = (this.#entries.get(incarnation) ?? []).filter(({ until }) => until > now)
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
  const spans: { first: number; last: number }[] = []
  for (const { first, last } of rows) {
    const before = spans.at(-1)
    if (before && first >= before.first && first <= before.last + 1) before.last = Math.max(before.last, last)
    else spans.push({ first, last })
  }
  return `(${spans.map(({ first, last }) => `${id} BETWEEN ${first} AND ${last}`).join(' OR ') || 'FALSE'})`
}

/** SQL behind a FROM: the rows that are none of these. @param condition SQL that they fulfil, too */
export function whereNot(rows: readonly BufferedRows[], condition?: string): string {
  const conditions = [
    ...(condition === undefined ? [] : [`(${condition})`]),
    ...(rows.length === 0 ? [] : [`NOT ${isOneOf(rows)}`]),
  ]
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
}

/** How many of these rows are there still. */
export async function countBuffered(
  store: { query(sql: string): Promise<DuckDBResultReader> },
  table: Table,
  rows: readonly BufferedRows[],
): Promise<number> {
  if (rows.length === 0) return 0
  const sql = `SELECT count(*) FROM ${physical(table.reference)} WHERE ${isOneOf(rows)}`
  return Number((await store.query(sql)).getRowsJson()[0]?.[0] ?? 0)
}

/** What tables.get shows of a buffer. @param count how many rows are in it: a statement may have deleted some */
export function bufferResource(entries: readonly Entry[], count: number): Readonly<Record<string, string>> {
  return {
    estimatedRows: String(count),
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

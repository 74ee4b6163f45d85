import type { Catalog } from '../catalog/catalog.ts'
import { defaultsOf } from '../values/default-values.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { lineOfJsonRow } from './json-rows.ts'
import { linesOf } from '../table/line-writer.ts'
import type { InsertOptions } from '../table/insert-statements.ts'
import { isByIngestion, partitionTime } from '../table/partition-time.ts'
import { insertTarget } from '../table/physical.ts'
import { RowError } from '../values/row-values.ts'
import { scalarText } from '../values/scalar-text.ts'
import { dayColumn, type DayRange, type StreamingRange } from './streaming-range.ts'
import type { Store } from '../store/store.ts'
import type { Table } from '../table/table.ts'

export interface InsertAllRequest {
  readonly rows?: readonly {
    readonly json?: Readonly<Record<string, unknown>>
    readonly insertId?: string | null
  }[]
  readonly skipInvalidRows?: boolean | null
  readonly ignoreUnknownValues?: boolean | null
  readonly templateSuffix?: string | null
}

// cloud.google.com/bigquery/quotas
const MOST_ROWS = 50_000
/** "up to one minute": docs, streaming inserts. */
const REMEMBERED_MS = 60_000

const DAY_MS = 86_400_000
// docs: streaming data into partitioned tables, of partition decorators
const DECORATED_PAST = 31
const DECORATED_AHEAD = 16

interface InsertError {
  readonly index: number
  readonly errors: readonly { reason: string; location: string; debugInfo: string; message: string }[]
}

interface InsertAllOptions {
  readonly catalog: Catalog
  readonly store: Store
  readonly range: StreamingRange
  readonly now: () => number
}

/** tabledata.insertAll: rows by JSON, errors by row. */
export class InsertAll {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #range: StreamingRange
  readonly #now: () => number
  readonly #insertIds = new Map<string, number>()

  constructor({ catalog, store, range, now }: InsertAllOptions) {
    this.#catalog = catalog
    this.#store = store
    this.#range = range
    this.#now = now
  }

  /** @param partition in which the rows are, as decorators name it; absent: that which is now */
  async insert(
    table: Table,
    request: InsertAllRequest,
    partition?: string,
  ): Promise<{ kind: string; insertErrors?: InsertError[] }> {
    if (table.fields.length === 0) throw new BigQueryError('invalid', 'The destination table has no schema.')
    const target = insertTarget(table)
    const inPartition = this.#partitionOf(table, partition)
    if (request.templateSuffix) throw notImplemented('templateSuffix of insertAll')
    const rows = request.rows ?? []
    if (rows.length === 0) throw new BigQueryError('invalid', 'No rows present in the request.')
    if (rows.length > MOST_ROWS)
      throw new BigQueryError(
        'invalid',
        `Too many rows present in the request, limit: ${MOST_ROWS} row count: ${rows.length}.`,
      )
    const insertErrors: InsertError[] = []
    const lines: string[] = []
    const days = this.#range.of(table)
    const defaults = defaultsOf(table.fields)
    rows.forEach(({ json = {}, insertId }, index) => {
      try {
        const line = lineOfJsonRow(table.fields, json, request.ignoreUnknownValues ?? false, defaults)
        this.#checkDay(table, days, json)
        if (!this.#isRepeat(table, insertId)) lines.push(line)
      } catch (error) {
        if (!(error instanceof RowError)) throw error
        insertErrors.push(insertError(index, 'invalid', error.location, error.message))
      }
    })
    const kind = 'bigquery#tableDataInsertAllResponse'
    if (insertErrors.length > 0 && !request.skipInvalidRows) {
      const bad = new Set(insertErrors.map(({ index }) => index))
      const stopped = rows.keys().filter((index) => !bad.has(index))
      return {
        kind,
        insertErrors: [...insertErrors, ...stopped.map((index) => insertError(index, 'stopped', '', ''))],
      }
    }
    if (lines.length > 0 && !this.#catalog.tables.known.losesRows(table))
      await this.#store.insert(target, linesOf(lines), { mayChange: false, ...inPartition })
    this.#remember(table, rows)
    return insertErrors.length > 0 ? { kind, insertErrors } : { kind }
  }

  /** @throws BigQueryError where rows of this table are streamed into no such partition */
  #partitionOf(table: Table, partition: string | undefined): Pick<InsertOptions, 'partition'> {
    if (partition === undefined) return {}
    const isOfDays = (table.spec.timePartitioning?.type ?? 'DAY') === 'DAY'
    if (!isByIngestion(table) || !isOfDays)
      throw notImplemented(
        'insertAll into a partition of a table that is not partitioned by days of ingestion',
      )
    const time = partitionTime(table, this.#now(), partition)
    const days = (Date.parse(time) - Math.floor(this.#now() / DAY_MS) * DAY_MS) / DAY_MS
    if (days < -DECORATED_PAST || days > DECORATED_AHEAD) {
      const { projectId, datasetId, tableId } = table.reference
      const message = `The destination table's partition ${projectId}:${datasetId}.${tableId}$${partition} is outside the allowed bounds. You can only stream to partitions within ${DECORATED_PAST} days in the past and ${DECORATED_AHEAD} days in the future relative to the current date.`
      throw new BigQueryError('invalid', message)
    }
    return { partition: () => time }
  }

  #checkDay(table: Table, days: DayRange, json: Readonly<Record<string, unknown>>): void {
    const column = dayColumn(table)
    const key = Object.keys(json).find((name) => name.toLowerCase() === column?.toLowerCase())
    const value = key === undefined ? undefined : json[key]
    if (typeof value === 'string') days.check(scalarText('DATE', value, key!).slice(1, -1))
  }

  #isRepeat(table: Table, insertId: string | null | undefined): boolean {
    const seen = insertId ? this.#insertIds.get(keyOf(table, insertId)) : undefined
    return seen !== undefined && seen > this.#now() - REMEMBERED_MS
  }

  #remember(table: Table, rows: NonNullable<InsertAllRequest['rows']>): void {
    const now = this.#now()
    for (const [key, time] of this.#insertIds) {
      if (time > now - REMEMBERED_MS) break
      this.#insertIds.delete(key)
    }
    for (const { insertId } of rows) if (insertId) this.#insertIds.set(keyOf(table, insertId), now)
  }
}

function keyOf({ reference, creationTime }: Table, insertId: string): string {
  return `${reference.projectId}:${reference.datasetId}.${reference.tableId} ${creationTime} ${insertId}`
}

function insertError(index: number, reason: string, location: string, message: string): InsertError {
  return { index, errors: [{ reason, location, debugInfo: '', message }] }
}

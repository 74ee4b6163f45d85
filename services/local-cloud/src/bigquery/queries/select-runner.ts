import { fieldsOf, type RewrittenQuery } from '../../sql/rewrite-query.ts'
import { holdsSketch } from '../../sql/typing/sql-type.ts'
import { bytesBilled, checkBytesBilled } from '../bytes/bytes-billed.ts'
import { columnsRead, type PlanNode } from '../bytes/bytes-read.ts'
import type { KnownBytes } from '../bytes/known-bytes.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { notImplemented } from '../errors.ts'
import { destinationOf } from '../rows/destination-spec.ts'
import { columnNames, writeTo } from '../rows/destination.ts'
import { withMadeRows } from '../rows/made-rows.ts'
import type { Store } from '../store/store.ts'
import { physical } from '../table/physical.ts'
import { incarnationOf, type Table } from '../table/table.ts'
import type { Field } from '../values/fields.ts'
import type { Running } from './asked.ts'
import type { QueryResult } from './query-result.ts'

export interface Selected {
  /** GoogleSQL, as it was asked. */
  readonly query: string
  readonly rewritten: RewrittenQuery
  readonly tables: readonly Table[]
  /** Whether it is told how much it reads. What a transaction sees of a table is no sum that others may be told. */
  readonly isTold: boolean
}

/** Runs a SELECT: its rows are the result, or stand in a table; and how many bytes it reads. */
export class SelectRunner {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #knownBytes: KnownBytes

  constructor(parts: { readonly catalog: Catalog; readonly store: Store; readonly knownBytes: KnownBytes }) {
    this.#catalog = parts.catalog
    this.#store = parts.store
    this.#knownBytes = parts.knownBytes
  }

  /** @throws BigQueryError, and what DuckDB says */
  async run(
    projectId: string,
    spec: Running,
    { query, rewritten, tables, isTold }: Selected,
  ): Promise<QueryResult> {
    const reads = tables.map(incarnationOf)
    const bytesRead = isTold ? await this.#bytesRead(query, rewritten.sql, tables, reads) : 0
    checkBytesBilled(spec.maximumBytesBilled, bytesBilled(bytesRead))
    return { ...(await this.#read(projectId, spec, rewritten, reads)), bytesRead }
  }

  async #bytesRead(
    query: string,
    sql: string,
    tables: readonly Table[],
    reads: readonly string[],
  ): Promise<number> {
    if (tables.every(({ spec }) => spec.view)) return 0
    const told = await this.#store.query(`EXPLAIN (FORMAT json) ${sql}`, reads)
    const plan = JSON.parse(String(told.getRows()[0]![1])) as PlanNode[]
    return this.#knownBytes.bytesOf(columnsRead(query, plan, tables), reads)
  }

  #read(
    projectId: string,
    spec: Running,
    { sql, columns }: RewrittenQuery,
    reads: readonly string[],
  ): Promise<QueryResult> {
    if (!spec.dryRun && !spec.destinationTable && columns.some(({ type }) => holdsSketch(type)))
      throw notImplemented('a sketch of HLL_COUNT as a result: its bytes are not those of BigQuery')
    const fields = fieldsOf(columns)
    if (spec.dryRun) return this.#select(`SELECT * FROM (${sql}) LIMIT 0`, fields, [])
    return spec.destinationTable
      ? this.#selectInto(projectId, spec, sql, fields, reads)
      : this.#select(sql, fields, reads, spec.signal)
  }

  /** Keeps what a SELECT gives in a table. */
  async #selectInto(
    projectId: string,
    spec: Running,
    sql: string,
    fields: readonly Field[],
    reads: readonly string[],
  ): Promise<QueryResult> {
    const destination = destinationOf(spec, projectId, fields, 'WRITE_EMPTY')
    const { reference, writeDisposition } = destination
    const stored = physical(reference)
    const into = (select: string) =>
      writeTo(
        { catalog: this.#catalog, store: this.#store },
        destination,
        async (connection) => {
          await connection.run(`INSERT INTO ${stored} ${columnNames(fields)} ${select}`)
        },
        reads,
      )
    const before = this.#catalog.tables.find(reference)
    const isOfItself = before !== undefined && reads.includes(incarnationOf(before))
    const table =
      isOfItself && writeDisposition === 'WRITE_TRUNCATE'
        ? await withMadeRows(this.#store, reference, { sql, reads }, (made) => into(`SELECT * FROM ${made}`))
        : await into(sql)
    return this.#select(`SELECT ${columnNames(table.fields).slice(1, -1)} FROM ${stored}`, table.fields, [
      incarnationOf(table),
    ])
  }

  async #select(
    sql: string,
    fields: readonly Field[],
    reads: readonly string[],
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    const rows = await this.#store.result(sql, reads, signal)
    return { statementType: 'SELECT', fields, rows }
  }
}

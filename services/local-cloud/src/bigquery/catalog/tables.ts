import { randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Faults } from '../../faults/faults.ts'
import type { Datasets } from './datasets.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { InsertTarget } from '../table/insert-statements.ts'
import { make } from './make-table.ts'
import { MetadataRateLimit } from './metadata-rate-limit.ts'
import { changeColumns, renameInLines, type HoldWaiting } from './change-columns.ts'
import { checkExpiration, isExpired, withExpiration } from './expiration.ts'
import { insertTarget, physical } from '../table/physical.ts'
import { forget, forgetChanges, newEtag, save } from '../store/resource-rows.ts'
import { refuseStreamed, renameStored } from './rename-table.ts'
import { newTable, withNamedKeys, type Body } from './sent-table.ts'
import type { Store } from '../store/store.ts'
import { TableKnowledge } from './table-knowledge.ts'
import { incarnationOf, readTable, tableId, type Table, type TableReference } from '../table/table.ts'
import { refuseSnapshot } from '../table/table-snapshot.ts'
import { newNames, patched, type PlanChange, type TableChange } from './table-change.ts'
import { Turns } from '../turns.ts'

/** The rows of a table that is made of a query. */
export interface FirstRows {
  /** Brings them into the new table, in the transaction that makes it. */
  readonly fill: (connection: DuckDBConnection) => Promise<void>
  /** Incarnations of tables that it reads. */
  readonly reads: readonly string[]
}

export interface TablesOptions {
  readonly store: Store
  readonly datasets: Datasets
  readonly now: () => number
  readonly faults: Faults
}

/** Tables and views: how they come, change and go, in DuckDB too; `known` is who knows of what. */
export class Tables {
  readonly #store: Store
  readonly #datasets: Datasets
  readonly #now: () => number
  readonly #faults: Faults
  readonly known: TableKnowledge
  /** Changes of one table take turns; each becomes visible when DuckDB has it. */
  readonly #turns = new Turns()
  readonly #rateLimit: MetadataRateLimit
  #onGone: (id: string, newId?: string) => Promise<void> = async () => {}
  #hold: HoldWaiting = (_, work) => work([])

  constructor({ store, datasets, now, faults }: TablesOptions) {
    this.#store = store
    this.#datasets = datasets
    this.#now = now
    this.#faults = faults
    this.#rateLimit = new MetadataRateLimit(now)
    this.known = new TableKnowledge(now, faults)
  }

  /** @param done what ends with a table, or goes with it to another name */
  onGone(done: (id: string, newId?: string) => Promise<void>): void {
    this.#onGone = done
  }

  /** @param hold lets nobody append rows that wait for a table, and gives these */
  onAlter(hold: HoldWaiting): void {
    this.#hold = hold
  }

  all(): Table[] {
    return this.known.all()
  }

  /** @throws BigQueryError notFound where the dataset is not there */
  of(projectId: string, datasetId: string): Table[] {
    this.#datasets.get(projectId, datasetId)
    return this.all().filter(
      ({ reference }) => reference.projectId === projectId && reference.datasetId === datasetId,
    )
  }

  find(reference: TableReference): Table | undefined {
    return this.known.find(reference)
  }

  /** @throws BigQueryError notFound */
  get(reference: TableReference): Table {
    return this.known.get(reference)
  }

  /** A table that holds rows itself. @throws BigQueryError notFound, invalid for a view or an external table */
  stored(reference: TableReference): Table {
    return this.known.stored(reference)
  }

  /** A table whose rows may change. @throws BigQueryError as `stored`, invalid for a snapshot */
  writable(reference: TableReference): Table {
    return this.known.writable(reference)
  }

  async countRows(table: Table): Promise<number> {
    if (table.spec.view) return 0
    return this.#store.countRows({ table: physical(table.reference), incarnation: incarnationOf(table) })
  }

  /**
   * @param viewFields what the query of a view gives
   * @param rows are in it from the first moment on: if they cannot be brought in, nothing is made
   */
  create(
    reference: TableReference,
    body: Body,
    viewFields?: readonly Field[],
    rows?: FirstRows,
  ): Promise<Table> {
    const id = tableId(reference)
    return this.#turns.take(id, async () => {
      const { spec, fields } = this.#read(reference, body, viewFields)
      const old = this.known.under(id)
      if (old && isExpired(old, this.#now())) await this.#drop(old)
      if (this.known.under(id)) throw new BigQueryError('duplicate', `Already Exists: Table ${id}`)
      this.#refuseColumns(id, fields)
      // BigQuery's table names are case-sensitive, DuckDB's are not
      const twin = this.known.twinOf(id)
      if (twin !== undefined)
        throw notImplemented(`two tables that differ only in case (${id} beside ${twin})`)
      this.#rateLimit.count(id, spec.timePartitioning !== undefined)
      const table = newTable({ reference, spec, fields }, this.#now())
      const statements = async (connection: DuckDBConnection) => {
        await make(connection, table, viewFields !== undefined)
        await rows?.fill(connection)
      }
      await this.#store.write(statements, rows?.reads, [])
      this.known.learn(table)
      return table
    })
  }

  /**
   * A table in the place of one that is there: both is done, or nothing.
   *
   * @param fill brings rows into the new one
   * @param reads incarnations of tables whose rows it reads
   * @throws BigQueryError notFound, and as `create`
   */
  replace(
    reference: TableReference,
    body: Body,
    fill: (connection: DuckDBConnection, table: Table) => Promise<void>,
    reads: readonly string[] = [],
  ): Promise<Table> {
    const id = tableId(reference)
    return this.#turns.take(id, async () => {
      const before = this.get(reference)
      refuseSnapshot(before)
      const { spec, fields } = this.#read(reference, body, undefined)
      this.#refuseColumns(id, fields)
      this.#rateLimit.count(id, spec.timePartitioning !== undefined)
      const table = newTable({ reference, spec, fields }, this.#now())
      const stored = { table: physical(reference), incarnation: incarnationOf(before) }
      const statements = async (connection: DuckDBConnection) => {
        await connection.run(`DROP TABLE ${stored.table}`)
        await forgetChanges(connection, stored.table)
        await make(connection, table, false)
        await fill(connection, table)
      }
      const replaced = () => {
        this.known.drop(before)
        this.known.learn(table)
      }
      await this.#store.drop(stored, statements, replaced, incarnationOf(table), reads)
      return table
    })
  }

  #read(reference: TableReference, body: Body, viewFields: readonly Field[] | undefined) {
    const dataset = this.#datasets.get(reference.projectId, reference.datasetId)
    const named = this.#named(reference, body)
    const { spec, fields } = readTable({ ...named, tableReference: reference }, viewFields)
    checkExpiration(spec, this.#now())
    return { spec: withExpiration(spec, dataset, this.#now()), fields }
  }

  #named(reference: TableReference, body: Body): Body {
    return withNamedKeys(reference, body, (other) => this.find(other))
  }

  /** tables.patch: the given parts are changed, under `If-Match` where the caller sent one. */
  patch(
    reference: TableReference,
    body: Body,
    ifMatch: string | undefined,
    viewFields?: readonly Field[],
  ): Promise<Table> {
    return this.#turns.take(tableId(reference), async () => {
      const before = this.get(reference)
      if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== before.etag) {
        throw new BigQueryError('conditionNotMet', 'Precondition check failed.', { location: 'If-Match' })
      }
      return this.#change(before, [this.patched(this.#named(reference, body), viewFields)])
    })
  }

  /** What tables.patch does, as one of the changes of `alter`. */
  patched(body: Body, viewFields?: readonly Field[]): PlanChange {
    return patched(body, this.#now(), viewFields)
  }

  /** ALTER TABLE: one change after another, all of them or none. @throws BigQueryError */
  alter(reference: TableReference, changes: readonly PlanChange[]): Promise<Table> {
    return this.#turns.take(tableId(reference), () => {
      const before = this.stored(reference)
      return this.#hold(before, (waiting) => this.#change(before, changes, waiting))
    })
  }

  /**
   * ALTER TABLE … RENAME TO. What is granted on the table goes with it.
   *
   * @throws BigQueryError where the name is taken, and where rows were streamed lately
   */
  renameTable(reference: TableReference, to: string): Promise<void> {
    const after = { ...reference, tableId: to }
    const [id, newId] = [tableId(reference), tableId(after)]
    // always in the same order: two tables that change names wait for each other otherwise
    const [first, second] = [id, newId].toSorted() as [string, string]
    return this.#turns.take(first, () => this.#turns.take(second, () => this.#rename(reference, after)))
  }

  async #rename(reference: TableReference, after: TableReference): Promise<void> {
    const [id, newId] = [tableId(reference), tableId(after)]
    const before = this.stored(reference)
    const taken = this.all().find((table) => tableId(table.reference).toLowerCase() === newId.toLowerCase())
    if (taken) throw new BigQueryError('duplicate', `Already Exists: Table ${tableId(taken.reference)}`)
    const incarnation = incarnationOf(before)
    refuseStreamed(id, this.#store.marks.streamedAt(incarnation), this.#now())
    this.#rateLimit.count(id, before.spec.timePartitioning !== undefined)
    const table: Table = {
      ...before,
      reference: after,
      etag: newEtag(),
      incarnation: randomUUID(),
      lastModifiedTime: this.#now(),
    }
    // rows of before are in the table by then
    await this.#store.write(async () => {}, [incarnation], [])
    const stored = { table: physical(reference), incarnation }
    const statements = (connection: DuckDBConnection) => renameStored(connection, reference, table)
    const renamed = () => {
      this.known.forget(id)
      this.known.learn(table)
    }
    await this.#store.drop(stored, statements, renamed, incarnationOf(table))
    await this.#onGone(id, newId)
  }

  delete(reference: TableReference): Promise<void> {
    return this.#turns.take(tableId(reference), () => this.#drop(this.get(reference)))
  }

  /** Tables whose time is over are not found any more; this takes them out of the store, too. */
  async dropExpired(): Promise<void> {
    const now = this.#now()
    for (const table of this.known.expiring()) {
      if (!isExpired(table, now)) continue
      const id = tableId(table.reference)
      await this.#turns.take(id, async () => {
        if (this.known.under(id) === table) await this.#drop(table)
      })
    }
  }

  async #drop(table: Table): Promise<void> {
    const id = tableId(table.reference)
    const isView = table.spec.view !== undefined
    const stored = { table: physical(table.reference), incarnation: incarnationOf(table) }
    const statements = async (connection: DuckDBConnection) => {
      if (!isView) {
        // a transaction that made it may have been rolled back
        await connection.run(`DROP TABLE IF EXISTS ${stored.table}`)
        await forgetChanges(connection, stored.table)
      }
      await forget(connection, 'table', id)
    }
    await this.#store.drop(stored, statements, () => this.known.drop(table))
    await this.#onGone(id)
  }

  /** @param waiting where rows wait that get into the table later */
  async #change(
    before: Table,
    changes: readonly PlanChange[],
    waiting: readonly InsertTarget[] = [],
  ): Promise<Table> {
    const id = tableId(before.reference)
    const steps: (TableChange & { readonly table: Table })[] = []
    let table = before
    for (const plan of changes) {
      const change = plan(table)
      this.#refuseColumns(id, [...change.planned.added, ...change.planned.grown])
      steps.push({ ...change, table })
      table = { ...table, spec: change.spec, fields: change.planned.fields }
    }
    this.#rateLimit.count(id, before.spec.timePartitioning !== undefined)
    const after: Table = { ...table, etag: newEtag(), lastModifiedTime: this.#now() }
    const names = newNames(before.fields, steps)
    const renamed = names.size > 0 ? waiting : []
    const change = async (connection: DuckDBConnection) => {
      for (const { table: then, planned, first } of steps) {
        if (first || planned.added.length + planned.grown.length > 0)
          this.#store.forget(physical(before.reference))
        await first?.(connection)
        await changeColumns(connection, then, planned)
      }
      for (const { table: lines } of renamed) await renameInLines(connection, lines, names)
      await save(connection, 'table', id, after)
    }
    const incarnation = incarnationOf(before)
    const reads = [incarnation, ...renamed.map((lines) => lines.incarnation)]
    const isOther = steps.some(({ first }) => first)
    const kept = steps.some(({ planned }) => planned.grown.length > 0) ? 'nothing' : isOther ? 'copy' : 'rows'
    const columns = { before: insertTarget(before), after: insertTarget(after), names, kept } as const
    await this.#store.write(change, reads, [incarnation], columns)
    this.known.learn(after)
    return after
  }

  /** @throws BigQueryError where the fault plan has it that a column is refused */
  #refuseColumns(id: string, fields: readonly Field[]): void {
    const refused = fields.find(({ name }) => this.#faults.at('bigquery.column', name))
    if (!refused) return
    const message = `Provided Schema does not match Table ${id}. Cannot add fields (field: ${refused.name})`
    throw new BigQueryError('invalid', message)
  }
}

import type { DuckDBConnection } from '@duckdb/node-api'
import { Faults } from '../faults/faults.ts'
import { BigQueryError, notImplemented } from './errors.ts'
import { columnValues, duckDbType, jsonStructure, quote, readFields, type Field } from './fields.ts'
import type { AlterTable } from '../sql/alter-table.ts'
import { MetadataRateLimit } from './metadata-rate-limit.ts'
import { widenField } from './widen-field.ts'
import { planSchemaChange, type SchemaChange } from './schema-change.ts'
import type { InsertTarget } from './insert-statements.ts'
import type { Store } from './store.ts'
import {
  checkClustering,
  checkPrimaryKey,
  mergeSpec,
  primaryKey,
  readSpec,
  readTable,
  tableId,
  type Table,
  type TableReference,
} from './table.ts'
import { forget, newEtag, save } from './resource-rows.ts'
import { DroppedTables } from './dropped-tables.ts'
import { LateKnowledge } from './late-knowledge.ts'

export interface Dataset {
  readonly projectId: string
  readonly datasetId: string
  readonly labels: Readonly<Record<string, string>>
  readonly description?: string
  readonly location: string
  readonly etag: string
  readonly creationTime: number
  readonly lastModifiedTime: number
}

const DATASET_ID = /^\w{1,1024}$/

/** Datasets and tables: what exists, under which etag, and what DuckDB was told of it. */
export class Catalog {
  readonly #store: Store
  readonly #now: () => number
  readonly #datasets = new Map<string, Dataset>()
  readonly #tables = new Map<string, Table>()
  /** Changes of one table take turns; each becomes visible when DuckDB has it. */
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #targets = new WeakMap<Table, InsertTarget>()
  readonly #rateLimit: MetadataRateLimit
  readonly #faults: Faults
  readonly #writePath: LateKnowledge
  readonly #metadata: LateKnowledge
  readonly #dropped: DroppedTables

  private constructor(store: Store, now: () => number, faults: Faults) {
    this.#store = store
    this.#now = now
    this.#rateLimit = new MetadataRateLimit(now)
    this.#faults = faults
    this.#writePath = new LateKnowledge(now, faults, 'storage.schema')
    this.#metadata = new LateKnowledge(now, faults, 'bigquery.metadata')
    this.#dropped = new DroppedTables(now, faults)
  }

  /** Reads what an earlier process left in the store. */
  static async open(store: Store, now: () => number, faults: Faults = new Faults(now)): Promise<Catalog> {
    const catalog = new Catalog(store, now, faults)
    await store.write(async (connection) => {
      await connection.run('CREATE SCHEMA IF NOT EXISTS local_cloud')
      await connection.run(
        'CREATE TABLE IF NOT EXISTS local_cloud.resources (kind VARCHAR, id VARCHAR, resource VARCHAR, PRIMARY KEY (kind, id))',
      )
    })
    const rows = (
      await store.query('SELECT kind, id, resource FROM local_cloud.resources ORDER BY id')
    ).getRowsJson()
    for (const [kind, id, resource] of rows as [string, string, string][]) {
      if (kind === 'dataset') catalog.#datasets.set(id, JSON.parse(resource) as Dataset)
      else catalog.#tables.set(id, JSON.parse(resource) as Table)
    }
    return catalog
  }

  projects(): string[] {
    return [...new Set([...this.#datasets.values()].map(({ projectId }) => projectId))]
  }

  datasets(projectId: string): Dataset[] {
    return [...this.#datasets.values()].filter((dataset) => dataset.projectId === projectId)
  }

  hasDataset(projectId: string, datasetId: string): boolean {
    return this.#datasets.has(`${projectId}:${datasetId}`)
  }

  dataset(projectId: string, datasetId: string): Dataset {
    const dataset = this.#datasets.get(`${projectId}:${datasetId}`)
    if (!dataset) throw new BigQueryError('notFound', `Not found: Dataset ${projectId}:${datasetId}`)
    return dataset
  }

  async createDataset(
    dataset: Pick<Dataset, 'projectId' | 'datasetId'> & Partial<Dataset>,
  ): Promise<Dataset> {
    const id = `${dataset.projectId}:${dataset.datasetId}`
    if (!DATASET_ID.test(dataset.datasetId)) {
      throw new BigQueryError(
        'invalid',
        `Invalid dataset ID "${dataset.datasetId}": letters, digits and underscores.`,
      )
    }
    if (this.#datasets.has(id)) throw new BigQueryError('duplicate', `Already Exists: Dataset ${id}`)
    const now = this.#now()
    const created: Dataset = {
      location: 'US',
      labels: {},
      ...dataset,
      etag: newEtag(),
      creationTime: now,
      lastModifiedTime: now,
    }
    await this.#store.write(async (connection) => {
      await connection.run(`CREATE SCHEMA ${quote(id)}`)
      await save(connection, 'dataset', id, created)
    })
    this.#datasets.set(id, created)
    return created
  }

  async updateDataset(
    dataset: Dataset,
    change: Partial<Pick<Dataset, 'labels' | 'description'>>,
  ): Promise<Dataset> {
    const changed = { ...dataset, ...change, etag: newEtag(), lastModifiedTime: this.#now() }
    const id = `${dataset.projectId}:${dataset.datasetId}`
    await this.#store.write((connection) => save(connection, 'dataset', id, changed))
    this.#datasets.set(id, changed)
    return changed
  }

  async deleteDataset(projectId: string, datasetId: string, deleteContents: boolean): Promise<void> {
    this.dataset(projectId, datasetId)
    const id = `${projectId}:${datasetId}`
    const tables = this.tables(projectId, datasetId)
    if (tables.length > 0 && !deleteContents) {
      throw new BigQueryError('resourceInUse', `Dataset ${id} is still in use`)
    }
    for (const table of tables) await this.deleteTable(table.reference)
    await this.#store.write(async (connection) => {
      await connection.run(`DROP SCHEMA ${quote(id)}`)
      await forget(connection, 'dataset', id)
    })
    this.#datasets.delete(id)
  }

  tables(projectId: string, datasetId: string): Table[] {
    this.dataset(projectId, datasetId)
    return [...this.#tables.values()].filter(
      ({ reference }) => reference.projectId === projectId && reference.datasetId === datasetId,
    )
  }

  findTable(reference: TableReference): Table | undefined {
    return this.#tables.get(tableId(reference))
  }

  table(reference: TableReference): Table {
    const table = this.findTable(reference)
    if (!table) throw new BigQueryError('notFound', `Not found: Table ${tableId(reference)}`)
    return table
  }

  /** A table as the Storage Write API knows it, which may be later. @throws BigQueryError as `storedTable` */
  tableForWriters(reference: TableReference): Table {
    const dropped = this.#dropped.find(tableId(reference))
    if (dropped) return dropped
    const table = this.#writePath.versionOf(this.storedTable(reference))
    if (!table) throw new BigQueryError('notFound', `Not found: Table ${tableId(reference)}`)
    return table
  }

  /** A table as tables.get shows it, which may be as it was before. @throws BigQueryError notFound */
  tableForReaders(reference: TableReference): Table {
    const table = this.#metadata.versionOf(this.table(reference))
    if (!table) throw new BigQueryError('notFound', `Not found: Table ${tableId(reference)}`)
    return table
  }

  /** Whether the table is dropped and takes rows all the same: they go nowhere. */
  losesRows(table: Table): boolean {
    return this.#dropped.has(table)
  }

  /** A table that holds rows itself. @throws BigQueryError notFound, invalid for a view */
  storedTable(reference: TableReference): Table {
    const table = this.table(reference)
    if (table.spec.view)
      throw new BigQueryError(
        'invalid',
        `${tableId(reference)} is not allowed for this operation: it is a VIEW.`,
      )
    return table
  }

  /** @param viewFields what the query of a view gives */
  createTable(
    reference: TableReference,
    body: Readonly<Record<string, unknown>>,
    viewFields?: readonly Field[],
  ): Promise<Table> {
    const id = tableId(reference)
    return this.#inTurn(id, async () => {
      this.dataset(reference.projectId, reference.datasetId)
      const { spec, fields } = readTable({ ...body, tableReference: reference }, viewFields)
      if (this.#tables.has(id)) throw new BigQueryError('duplicate', `Already Exists: Table ${id}`)
      this.#refuseColumns(id, fields)
      // BigQuery's table names are case-sensitive, DuckDB's are not
      const twin = [...this.#tables.keys()].find((other) => other.toLowerCase() === id.toLowerCase())
      if (twin !== undefined)
        throw notImplemented(`two tables that differ only in case (${id} beside ${twin})`)
      this.#rateLimit.count(id, spec.timePartitioning !== undefined)
      const now = this.#now()
      const table: Table = {
        reference,
        spec,
        fields,
        etag: newEtag(),
        creationTime: now,
        lastModifiedTime: now,
      }
      await this.#store.write(async (connection) => {
        if (!viewFields) await connection.run(`CREATE TABLE ${physical(reference)} (${columnList(fields)})`)
        await save(connection, 'table', id, table)
      })
      this.#remember(id, table)
      return table
    })
  }

  /** tables.patch: the given parts are changed, under `If-Match` where the caller sent one. */
  patchTable(
    reference: TableReference,
    body: Readonly<Record<string, unknown>>,
    ifMatch: string | undefined,
    viewFields?: readonly Field[],
  ): Promise<Table> {
    const id = tableId(reference)
    return this.#inTurn(id, async () => {
      const before = this.table(reference)
      if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== before.etag) {
        throw new BigQueryError('conditionNotMet', 'Precondition check failed.', { location: 'If-Match' })
      }
      const change = readSpec(body)
      if ((change.view !== undefined) !== (before.spec.view !== undefined) && change.view)
        throw new BigQueryError('invalid', `Table ${id} is no view.`)
      const partition = change.timePartitioning?.field
      if (partition !== undefined && partition !== before.spec.timePartitioning?.field) {
        throw new BigQueryError('invalid', `Cannot change the partitioning of table ${id}.`)
      }
      const sent = change.schema?.fields
      const planned = before.spec.view
        ? { fields: viewFields ?? before.fields, added: [], grown: [] }
        : planSchemaChange(id, before.fields, sent ? readFields(sent) : before.fields)
      this.#refuseColumns(id, [...planned.added, ...planned.grown])
      const spec = mergeSpec(before.spec, change, planned.fields)
      checkClustering(spec, planned.fields)
      checkPrimaryKey(spec, planned.fields)
      this.#rateLimit.count(id, before.spec.timePartitioning !== undefined)
      const after: Table = {
        ...before,
        spec,
        fields: planned.fields,
        etag: newEtag(),
        lastModifiedTime: this.#now(),
      }
      await this.#store.write(async (connection) => {
        await this.#alter(connection, physical(reference), planned)
        await save(connection, 'table', id, after)
      })
      this.#remember(id, after)
      return after
    })
  }

  /** ALTER COLUMN SET DATA TYPE, for the given columns at once. */
  widenColumns(reference: TableReference, columns: AlterTable['columns']): Promise<Table> {
    const id = tableId(reference)
    return this.#inTurn(id, async () => {
      const before = this.table(reference)
      const wider = new Map(
        columns.map(({ name, type }) => {
          const field = before.fields.find((each) => each.name.toLowerCase() === name.toLowerCase())
          if (!field) throw new BigQueryError('invalidQuery', `Column not found: ${name} in table ${id}`)
          return [field.name, widenField(field, type)]
        }),
      )
      this.#rateLimit.count(id, before.spec.timePartitioning !== undefined)
      this.#refuseColumns(id, [...wider.values()])
      const fields = before.fields.map((field) => wider.get(field.name) ?? field)
      const spec = { ...before.spec, schema: { fields } }
      const after: Table = { ...before, spec, fields, etag: newEtag(), lastModifiedTime: this.#now() }
      await this.#store.write(async (connection) => {
        await this.#alter(connection, physical(reference), { fields, added: [], grown: [...wider.values()] })
        await save(connection, 'table', id, after)
      })
      this.#remember(id, after)
      return after
    })
  }

  deleteTable(reference: TableReference): Promise<void> {
    const id = tableId(reference)
    return this.#inTurn(id, async () => {
      // gone for callers at once; rows that were accepted before still go in, and with the table
      const table = this.table(reference)
      const isView = table.spec.view !== undefined
      this.#tables.delete(id)
      this.#writePath.forget(id)
      this.#metadata.forget(id)
      if (!isView) this.#dropped.drop(table)
      await this.#store.write(async (connection) => {
        this.#store.forget(physical(reference))
        if (!isView) await connection.run(`DROP TABLE ${physical(reference)}`)
        await forget(connection, 'table', id)
      })
    })
  }

  #remember(id: string, table: Table): void {
    this.#writePath.learn(id, table, this.#tables.get(id))
    this.#metadata.learn(id, table, this.#tables.get(id))
    this.#tables.set(id, table)
  }

  /** @throws BigQueryError where the fault plan has it that a column is refused */
  #refuseColumns(id: string, fields: readonly Field[]): void {
    const refused = fields.find(({ name }) => this.#faults.at('bigquery.column', name))
    if (!refused) return
    const message = `Provided Schema does not match Table ${id}. Cannot add fields (field: ${refused.name})`
    throw new BigQueryError('invalid', message)
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work, work)
    const settled = turn.catch(() => {})
    this.#turns.set(id, settled)
    void settled.then(() => {
      if (this.#turns.get(id) === settled) this.#turns.delete(id)
    })
    return turn
  }

  async #alter(connection: DuckDBConnection, table: string, { added, grown }: SchemaChange): Promise<void> {
    if (added.length > 0 || grown.length > 0) this.#store.forget(table)
    for (const field of added) {
      await connection.run(`ALTER TABLE ${table} ADD COLUMN ${quote(field.name)} ${duckDbType(field)}`)
    }
    for (const field of grown) {
      await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${quote(field.name)} TYPE ${duckDbType(field)}`)
    }
  }

  /** How rows get into a table. The same object as long as the table's columns are the same. */
  insertTarget(table: Table): InsertTarget {
    let target = this.#targets.get(table)
    if (!target) {
      target = {
        table: physical(table.reference),
        columns: table.fields.map(({ name }) => quote(name)).join(', '),
        values: columnValues(table.fields, 'line'),
        structure: JSON.stringify(jsonStructure(table.fields)),
        key: primaryKey(table).map(quote),
      }
      this.#targets.set(table, target)
    }
    return target
  }

  async countRows(table: Table): Promise<number> {
    if (table.spec.view) return 0
    const reader = await this.#store.query(`SELECT count(*) FROM ${physical(table.reference)}`)
    return Number(reader.getRowsJson()[0]?.[0] ?? 0)
  }

  async reset(): Promise<void> {
    for (const { projectId, datasetId } of this.#datasets.values().toArray()) {
      await this.deleteDataset(projectId, datasetId, true)
    }
  }
}

/** The DuckDB name of a table: one schema a dataset. */
export function physical({ projectId, datasetId, tableId: id }: TableReference): string {
  return `${quote(`${projectId}:${datasetId}`)}.${quote(id)}`
}

function columnList(fields: readonly Field[]): string {
  // BigQuery has tables without a column, DuckDB has none
  if (fields.length === 0) throw notImplemented('a table without columns')
  return fields.map((field) => `${quote(field.name)} ${duckDbType(field)}`).join(', ')
}

import { BigQuery } from '@google-cloud/bigquery'
import type { Destination } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import type { ChangeRecord } from './change-log.ts'
import { classify } from './bigquery-errors.ts'
import { widenStatement } from './widen-statement.ts'
import { columnsOfFields, fieldsOfColumns, type TableField } from './table-fields.ts'

/** A table as it was when it was read: a change is made under its etag. */
export interface TableState {
  readonly columns: readonly Column[]
  readonly etag: string
  readonly fields: readonly TableField[]
  /** Columns of the primary key. */
  readonly primaryKey: readonly string[]
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** `done` with the new state; `lost`: somebody else changed or made or dropped it, read again. */
export type ChangeOutcome =
  | { readonly outcome: 'done'; readonly state: TableState }
  | { readonly outcome: 'lost' }

/** The tables of one dataset. Methods reject with the client's own error where BigQuery refuses or cannot be reached. */
export interface Tables {
  read(table: string): Promise<TableState | undefined>
  create(
    destination: Destination,
    columns: readonly Column[],
    options?: CreateOptions,
  ): Promise<ChangeOutcome>
  /** Adds and relaxes columns; gives the table a primary key where there is one to give. */
  alter(
    table: string,
    state: TableState,
    columns: readonly Column[],
    options?: Pick<CreateOptions, 'primaryKey'>,
  ): Promise<ChangeOutcome>
  /** Gives columns wider types: by DDL, which knows no etag and is refused where another instance did it already. */
  widen(table: string, state: TableState, columns: readonly Column[]): Promise<ChangeOutcome>
  /**
   * Makes a view, or makes it again where it is said to hold other fields than its table or has another query.
   *
   * @throws Error where a table has its name
   */
  keepView(view: string, query: string, fields: readonly TableField[]): Promise<void>
  /** Adds a row to the history of changes, in a table that the first one makes. */
  insertChange(record: ChangeRecord): Promise<void>
  /** Rejects while the dataset cannot be reached. */
  check(): Promise<void>
}

export interface CreateOptions {
  /** Queries must say which days they want. */
  readonly requirePartitionFilter?: boolean
  /** Columns by which a row takes the place of another. */
  readonly primaryKey?: readonly string[]
}

interface Metadata {
  readonly type?: string
  readonly view?: { readonly query?: string }
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: string[] } }
  readonly etag?: string
  readonly creationTime?: string
  readonly lastModifiedTime?: string
  readonly schema?: { readonly fields?: TableField[] }
}

const CHANGES_TABLE = 'schema_changes'
const CHANGES_OPTIONS = {
  schema: {
    fields: [
      { name: 'change_id', type: 'STRING' },
      { name: 'changed_at', type: 'TIMESTAMP' },
      { name: 'table_name', type: 'STRING' },
      { name: 'change', type: 'STRING' },
      { name: 'added', type: 'STRING', mode: 'REPEATED' },
      { name: 'relaxed', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'widened',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: ['path', 'from_type', 'to_type'].map((name) => ({ name, type: 'STRING' })),
      },
      { name: 'event_ids', type: 'STRING', mode: 'REPEATED' },
    ],
  },
}

export function createTables(projectId: string, datasetId: string): Tables {
  // retries are ours: the client's own would repeat a change whose etag has gone
  const client = new BigQuery({ projectId, autoRetry: false, maxRetries: 0 })
  const dataset = client.dataset(datasetId)
  return {
    async read(table) {
      try {
        const [metadata] = (await dataset.table(table).getMetadata()) as unknown as [Metadata]
        return stateOf(metadata)
      } catch (error) {
        if (classify(error) === 'missing') return undefined
        throw error
      }
    },
    async create({ table, partitionBy, clusterBy }, columns, options = {}) {
      const { requirePartitionFilter = false, primaryKey } = options
      try {
        const [created] = await dataset.createTable(table, {
          schema: { fields: fieldsOfColumns(columns) as object[] },
          timePartitioning: { type: 'DAY', field: partitionBy },
          ...(requirePartitionFilter && { requirePartitionFilter }),
          ...(primaryKey && constraintsOf(primaryKey)),
          ...(clusterBy.length > 0 && { clustering: { fields: [...clusterBy] } }),
        })
        return { outcome: 'done', state: stateOf(created.metadata as Metadata) }
      } catch (error) {
        if (classify(error) === 'exists') return { outcome: 'lost' }
        throw error
      }
    },
    async alter(table, { etag, fields }, columns, { primaryKey } = {}) {
      try {
        // the client sends If-Match for the etag
        const schema = { fields: fieldsOfColumns(columns, fields) as object[] }
        const change = { etag, schema, ...(primaryKey && constraintsOf(primaryKey)) }
        const [changed] = (await dataset.table(table).setMetadata(change)) as unknown as [Metadata]
        return { outcome: 'done', state: stateOf(changed) }
      } catch (error) {
        const kind = classify(error)
        if (kind === 'stale' || kind === 'missing') return { outcome: 'lost' }
        throw error
      }
    },
    async widen(table, { columns: before }, columns) {
      const statement = widenStatement(`${projectId}.${datasetId}.${table}`, before, columns)
      if (statement === undefined) return { outcome: 'lost' }
      try {
        await client.query({ query: statement, useLegacySql: false })
      } catch (error) {
        // another instance may have given the column this type, or a wider one
        if (classify(error) === 'refused') return { outcome: 'lost' }
        throw error
      }
      const [metadata] = (await dataset.table(table).getMetadata()) as unknown as [Metadata]
      return { outcome: 'done', state: stateOf(metadata) }
    },
    async keepView(view, query, fields) {
      const definition = { view: { query, useLegacySql: false } }
      let metadata: Metadata
      try {
        const [found] = (await dataset.table(view).getMetadata()) as unknown as [Metadata]
        metadata = found
      } catch (error) {
        if (classify(error) !== 'missing') throw error
        await dataset.createTable(view, definition).catch(unlessItExists)
        return
      }
      if (metadata.type !== 'VIEW') throw new Error(`${view} is a ${metadata.type}, and no view`)
      if (metadata.view?.query === query && shapeOf(metadata.schema?.fields) === shapeOf(fields)) return
      await dataset.table(view).setMetadata(definition)
    },
    async insertChange(record) {
      // the id of the change is the insertId: an insert that is repeated counts once
      const rows = [{ insertId: record.change_id, json: record }]
      const insert = () => dataset.table(CHANGES_TABLE).insert(rows, { raw: true, partialRetries: 0 })
      try {
        await insert()
      } catch (error) {
        if (classify(error) !== 'missing') throw error
        await dataset.createTable(CHANGES_TABLE, CHANGES_OPTIONS).catch(unlessItExists)
        await insert()
      }
    },
    async check() {
      await dataset.getMetadata()
    },
  }
}

function unlessItExists(failure: unknown): void {
  if (classify(failure) !== 'exists') throw failure
}

function constraintsOf(columns: readonly string[]): object {
  return { tableConstraints: { primaryKey: { columns: [...columns] } } }
}

/** Names and types: a view has no modes of its own. */
function shapeOf(fields: readonly TableField[] = []): string {
  return fields.map(({ name, type, fields: inner }) => `${name} ${type} (${shapeOf(inner)})`).join(',')
}

function stateOf(metadata: Metadata): TableState {
  const { etag = '', creationTime = '0', lastModifiedTime = '0', schema, tableConstraints } = metadata
  const fields = schema?.fields ?? []
  const primaryKey = tableConstraints?.primaryKey?.columns ?? []
  const times = { createdAt: Number(creationTime), modifiedAt: Number(lastModifiedTime) }
  return { etag, fields, columns: columnsOfFields(fields), primaryKey, ...times }
}

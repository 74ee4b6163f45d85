import { BigQuery } from '@google-cloud/bigquery'
import type { Destination } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import { classify } from './bigquery-errors.ts'
import { columnsOfFields, fieldsOfColumns, type TableField } from './table-fields.ts'

/** A table as it was when it was read: a change is made under its etag. */
export interface TableState {
  readonly columns: readonly Column[]
  readonly etag: string
  readonly fields: readonly TableField[]
}

/** `done` with the new state; `lost`: somebody else changed or made or dropped it, read again. */
export type ChangeOutcome =
  | { readonly outcome: 'done'; readonly state: TableState }
  | { readonly outcome: 'lost' }

/** The tables of one dataset. Methods reject with the client's own error where BigQuery refuses or cannot be reached. */
export interface Tables {
  read(table: string): Promise<TableState | undefined>
  create(destination: Destination, columns: readonly Column[]): Promise<ChangeOutcome>
  alter(table: string, state: TableState, columns: readonly Column[]): Promise<ChangeOutcome>
  /** Rejects while the dataset cannot be reached. */
  check(): Promise<void>
}

interface Metadata {
  readonly etag?: string
  readonly schema?: { readonly fields?: TableField[] }
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
    async create({ table, partitionBy, clusterBy }, columns) {
      try {
        const [created] = await dataset.createTable(table, {
          schema: { fields: fieldsOfColumns(columns) as object[] },
          timePartitioning: { type: 'DAY', field: partitionBy },
          ...(clusterBy.length > 0 && { clustering: { fields: [...clusterBy] } }),
        })
        return { outcome: 'done', state: stateOf(created.metadata as Metadata) }
      } catch (error) {
        if (classify(error) === 'exists') return { outcome: 'lost' }
        throw error
      }
    },
    async alter(table, { etag, fields }, columns) {
      try {
        // the client sends If-Match for the etag
        const change = { etag, schema: { fields: fieldsOfColumns(columns, fields) as object[] } }
        const [changed] = (await dataset.table(table).setMetadata(change)) as unknown as [Metadata]
        return { outcome: 'done', state: stateOf(changed) }
      } catch (error) {
        const kind = classify(error)
        if (kind === 'stale' || kind === 'missing') return { outcome: 'lost' }
        throw error
      }
    },
    async check() {
      await dataset.getMetadata()
    },
  }
}

function stateOf({ etag = '', schema }: Metadata): TableState {
  const fields = schema?.fields ?? []
  return { etag, fields, columns: columnsOfFields(fields) }
}

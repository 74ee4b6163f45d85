import { columnsOfFields } from '@tablestream/table-schema'
import type { TableField, TableState } from '../tables.ts'

/** The Table resource of BigQuery's REST API, as far as it is read. */
export interface TableMetadata {
  readonly type?: string
  readonly view?: { readonly query?: string }
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: readonly string[] } }
  readonly etag?: string
  readonly timePartitioning?: object
  readonly rangePartitioning?: object
  readonly requirePartitionFilter?: boolean
  readonly creationTime?: string
  readonly lastModifiedTime?: string
  readonly schema?: { readonly fields?: readonly TableField[] }
}

export function stateOf(metadata: TableMetadata): TableState {
  const { etag, creationTime = '0', lastModifiedTime = '0', schema, tableConstraints } = metadata
  const fields = schema?.fields ?? []
  return {
    etag,
    fields,
    columns: columnsOfFields(fields),
    primaryKey: tableConstraints?.primaryKey?.columns ?? [],
    isPartitioned: metadata.timePartitioning !== undefined || metadata.rangePartitioning !== undefined,
    requiresPartitionFilter: metadata.requirePartitionFilter === true,
    createdAt: Number(creationTime),
    modifiedAt: Number(lastModifiedTime),
  }
}

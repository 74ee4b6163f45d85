import { tableStatistics } from '../../sql/views/table-statistics.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { rowOf } from '../values/cells.ts'
import { quote, type Field } from '../values/fields.ts'
import { rowsOfPage } from '../results/page-size.ts'
import type { ResultPage } from '../results/result-page.ts'
import { inFormat } from '../values/special-values.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf, type Table, type TableReference } from '../table/table.ts'
import { selectedColumns } from '../table/table-view.ts'

/** What stands behind the name of a table where its partitions are meant; Python's `list_partitions` asks for it. */
const SUFFIX = '$__PARTITIONS_SUMMARY__'

const field = (name: string, type: string): Field => ({ name, type, mode: 'NULLABLE' })
const FIELDS: readonly Field[] = [
  field('project_id', 'STRING'),
  field('dataset_id', 'STRING'),
  field('table_id', 'STRING'),
  field('partition_id', 'STRING'),
  field('creation_time', 'INTEGER'),
  field('last_modified_time', 'INTEGER'),
]

export const isPartitionsSummary = ({ tableId }: TableReference): boolean => tableId.endsWith(SUFFIX)

const partitioned = (catalog: Catalog, { tableId, ...dataset }: TableReference): Table =>
  catalog.tables.stored({ ...dataset, tableId: tableId.slice(0, -SUFFIX.length) })

/** tables.get of it. @throws BigQueryError notFound */
export function partitionsSummaryResource(catalog: Catalog, reference: TableReference): object {
  const { creationTime, lastModifiedTime, etag } = partitioned(catalog, reference)
  const { projectId, datasetId, tableId } = reference
  return {
    kind: 'bigquery#table',
    etag,
    id: `${projectId}:${datasetId}.${tableId}`,
    tableReference: reference,
    schema: { fields: FIELDS },
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
    type: 'TABLE',
  }
}

/** tabledata.list of it: a row for each partition that holds rows. @throws BigQueryError notFound */
export async function partitionsSummaryRows(
  { catalog, store }: { readonly catalog: Catalog; readonly store: Store },
  reference: TableReference,
  { maxResults, startIndex = 0, format }: ResultPage,
  selectedFields: string | undefined,
): Promise<object> {
  const table = partitioned(catalog, reference)
  const columns = selectedColumns({ fields: FIELDS }, selectedFields)
  const { sql } = tableStatistics('PARTITIONS', [table])
  const named = `SELECT table_catalog AS project_id, table_schema AS dataset_id, table_name AS table_id, partition_id,
    CAST(${table.creationTime} AS BIGINT) AS creation_time, CAST(${table.lastModifiedTime} AS BIGINT) AS last_modified_time
    FROM ${sql} AS partitions WHERE partition_id IS NOT NULL ORDER BY partition_id`
  const list = columns.map(({ name }) => quote(name)).join(', ')
  const all = (await store.query(`SELECT ${list} FROM (${named})`, [incarnationOf(table)])).getRows()
  const page = all.slice(startIndex, startIndex + rowsOfPage(columns.length, maxResults))
  const change = inFormat(columns, format)
  const end = startIndex + page.length
  return {
    kind: 'bigquery#tableDataList',
    etag: table.etag,
    totalRows: String(all.length),
    rows: page.map((row) => rowOf(change?.(row) ?? row, format)),
    ...(end < all.length && { pageToken: String(end) }),
  }
}

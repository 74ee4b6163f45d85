import { columnsBytes } from '../../bigquery/bytes/column-bytes.ts'
import { quote, quoteText } from '../../bigquery/values/fields.ts'
import { partitionField } from '../../bigquery/table/partition-time.ts'
import { physical } from '../../bigquery/table/physical.ts'
import type { Table } from '../../bigquery/table/table.ts'
import { madeTable, type MadeColumns, type MadeRow, type MadeTable } from './made-table.ts'
import { INT64, scalar, STRING } from '../typing/sql-type.ts'

interface Statistics {
  readonly columns: MadeColumns
  /** Of a table that holds rows, what stands behind SELECT; undefined where it has no row. */
  readonly rows: (
    table: Table,
  ) => { readonly values: MadeRow['values']; readonly groupBy?: string } | undefined
}

const TIMESTAMP = scalar('TIMESTAMP')
const BOOL = scalar('BOOL')
const COUNT = 'count(*)'
const millis = (time: number): string => `to_timestamp(${time} / 1000.0)`
const bytesOf = ({ fields }: Table): string => `coalesce(sum(${columnsBytes(fields)}), 0)`

const PLACE = [
  ['table_catalog', STRING],
  ['table_schema', STRING],
  ['table_name', STRING],
] as const

function placeOf({ reference }: Table): MadeRow['values'] {
  const { projectId, datasetId, tableId } = reference
  return [projectId, datasetId, tableId].map(quoteText)
}

/** Views of INFORMATION_SCHEMA, and `__TABLES__`, that tell how many rows there are: these are counted. */
const STATISTICS: Readonly<Record<string, Statistics>> = {
  __TABLES__: {
    columns: [
      ['project_id', STRING],
      ['dataset_id', STRING],
      ['table_id', STRING],
      ['creation_time', INT64],
      ['last_modified_time', INT64],
      ['row_count', INT64],
      ['size_bytes', INT64],
      ['type', INT64],
    ],
    rows: (table) => {
      const { view, externalDataConfiguration } = table.spec
      const times = [String(table.creationTime), String(table.lastModifiedTime)]
      if (view) return { values: [...placeOf(table), ...times, '0', '0', '2'] }
      const type = externalDataConfiguration ? '3' : '1'
      return { values: [...placeOf(table), ...times, COUNT, bytesOf(table), type] }
    },
  },
  TABLE_STORAGE: {
    columns: [
      ['project_id', STRING],
      ...PLACE,
      ['creation_time', TIMESTAMP],
      ['total_rows', INT64],
      ['total_partitions', INT64],
      ['total_logical_bytes', INT64],
      ['active_logical_bytes', INT64],
      ['long_term_logical_bytes', INT64],
      ['storage_last_modified_time', TIMESTAMP],
      ['deleted', BOOL],
      ['table_type', STRING],
    ],
    rows: (table) => {
      if (!isStored(table)) return undefined
      const partition = partitionOf(table)
      const partitions = partition === undefined ? '0' : `count(DISTINCT ${partition})`
      const bytes = bytesOf(table)
      return {
        values: [
          quoteText(table.reference.projectId),
          ...placeOf(table),
          millis(table.creationTime),
          COUNT,
          partitions,
          bytes,
          bytes,
          '0',
          millis(table.lastModifiedTime),
          'FALSE',
          quoteText('BASE TABLE'),
        ],
      }
    },
  },
  PARTITIONS: {
    columns: [
      ...PLACE,
      ['partition_id', STRING],
      ['total_rows', INT64],
      ['total_logical_bytes', INT64],
      ['last_modified_time', TIMESTAMP],
      ['storage_tier', STRING],
    ],
    rows: (table) => {
      if (!isStored(table)) return undefined
      const partition = partitionOf(table)
      const values = [
        ...placeOf(table),
        partition ?? 'CAST(NULL AS VARCHAR)',
        COUNT,
        bytesOf(table),
        millis(table.lastModifiedTime),
        quoteText('ACTIVE'),
      ]
      return { values, ...(partition !== undefined && { groupBy: partition }) }
    },
  },
}

/** Whether a view of this name tells how many rows there are. */
export const isStatistics = (name: string): boolean => Object.hasOwn(STATISTICS, name)

/** Such a view, of these tables. */
export function tableStatistics(name: string, tables: readonly Table[]): MadeTable {
  const { columns, rows } = STATISTICS[name]!
  const made = tables.flatMap((table): MadeRow[] => {
    const found = rows(table)
    if (!found) return []
    const from = table.spec.view ? '' : `FROM ${physical(table.reference)}`
    const groupBy = found.groupBy === undefined ? '' : ` GROUP BY ${found.groupBy}`
    return [{ values: found.values, rest: `${from}${groupBy}` }]
  })
  return madeTable(columns, made)
}

const isStored = ({ spec }: Table): boolean => !spec.view && !spec.externalDataConfiguration

const FORMATS: Readonly<Record<string, string>> = {
  YEAR: '%Y',
  MONTH: '%Y%m',
  DAY: '%Y%m%d',
  HOUR: '%Y%m%d%H',
}

/** DuckDB's SQL for the id of the partition that a row is in; undefined where the table has none. */
function partitionOf(table: Table): string | undefined {
  const { timePartitioning, rangePartitioning } = table.spec
  if (rangePartitioning) {
    const column = quote(rangePartitioning.field)
    const { start, end, interval } = rangePartitioning.range
    const first = `(${start} + ((${column} - ${start}) // ${interval}) * ${interval})`
    return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${column} < ${start} OR ${column} >= ${end} THEN '__UNPARTITIONED__' ELSE CAST(${first} AS VARCHAR) END`
  }
  const field = partitionField(table)
  if (!field) return undefined
  const column = quote(field.name)
  const format = FORMATS[timePartitioning?.type ?? 'DAY']!
  return `CASE WHEN ${column} IS NULL THEN '__NULL__' ELSE strftime(CAST(${column} AS TIMESTAMP), '${format}') END`
}

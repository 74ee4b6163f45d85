import type { ColumnFigures } from '../api/tables.ts'
import type { Field } from '../bigquery/cells.ts'
import { quoted, type Tables } from './dataset.ts'

/** Columns of which figures are told: each costs its bytes. */
const MOST_COLUMNS = 200
/** What COUNT(DISTINCT) does not take (docs: data types, groupable). */
const UNGROUPABLE = new Set(['RECORD', 'STRUCT', 'JSON', 'GEOGRAPHY'])

interface Leaf {
  readonly path: string
  readonly isCounted: boolean
  /** It stands in no array. */
  readonly isPlain: boolean
}

/** How many values of each column are NULL and different, in the partitions of the last days. */
export async function readColumnFigures(
  tables: Tables,
  table: string,
  fields: readonly Field[],
  days: number,
): Promise<ColumnFigures> {
  const leaves = leavesOf(fields, '', true).slice(0, MOST_COLUMNS)
  const has = (name: string) => fields.some((field) => field.name === name)
  const each = leaves.flatMap(({ path, isCounted, isPlain }, index) => {
    const sql = path
      .split('.')
      .map((name) => `\`${name}\``)
      .join('.')
    return [
      ...(isPlain ? [`COUNTIF(${sql} IS NULL) AS nulls_${index}`] : []),
      ...(isPlain && isCounted ? [`APPROX_COUNT_DISTINCT(${sql}) AS distinct_${index}`] : []),
    ]
  })
  const freshest = has('processed_timestamp') ? 'MAX(processed_timestamp)' : 'CAST(NULL AS TIMESTAMP)'
  const where = has('event_date') ? 'WHERE event_date >= DATE_SUB(CURRENT_DATE(), INTERVAL @days DAY)' : ''
  const sql = `SELECT ${['COUNT(*) AS row_count', `${freshest} AS freshest`, ...each].join(', ')} FROM ${quoted(tables, table)} ${where}`
  const { rows, bytesRead } = await tables.warehouse.query({ sql, ...(where !== '' && { params: { days } }) })
  const row = rows[0]!
  const total = Number(row['row_count'])
  return {
    rows: total,
    freshest: (row['freshest'] ?? null) as string | null,
    columns: leaves.map(({ path }, index) => {
      const nulls = row[`nulls_${index}`]
      const distinct = row[`distinct_${index}`]
      return {
        path,
        null_rate:
          nulls === undefined || total === 0 ? null : Math.round((Number(nulls) / total) * 1e4) / 1e4,
        distinct: distinct === undefined ? null : Number(distinct),
      }
    }),
    bytes_read: bytesRead,
  }
}

function leavesOf(fields: readonly Field[], prefix: string, isPlain: boolean): Leaf[] {
  return fields.flatMap(({ name, type, mode, fields: inner = [] }) => {
    const path = prefix + name
    const isArray = mode === 'REPEATED'
    const own = { path, isCounted: !isArray && !UNGROUPABLE.has(type), isPlain: isPlain && !isArray }
    return [own, ...leavesOf(inner, `${path}.`, isPlain && !isArray)]
  })
}

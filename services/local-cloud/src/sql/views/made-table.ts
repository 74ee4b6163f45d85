import { quote } from '../../bigquery/values/fields.ts'
import type { OutputColumn } from '../resolve/scope.ts'
import { duckDb, type SqlType } from '../typing/sql-type.ts'

/** A table that is made for a query. */
export interface MadeTable {
  readonly sql: string
  readonly columns: readonly OutputColumn[]
}

export interface MadeRow {
  /** DuckDB's SQL of each value. */
  readonly values: readonly string[]
  /** What stands behind the values: FROM and the rest. */
  readonly rest?: string
}

export type MadeColumns = readonly (readonly [name: string, type: SqlType])[]

export function madeTable(columns: MadeColumns, rows: readonly MadeRow[]): MadeTable {
  const select = ({ values, rest = '' }: MadeRow) => {
    const list = columns.map(
      ([name, type], index) => `CAST(${values[index]!} AS ${duckDb(type)}) AS ${quote(name)}`,
    )
    return `SELECT ${list.join(', ')} ${rest}`
  }
  const none = { values: columns.map(() => 'NULL'), rest: 'WHERE FALSE' }
  const shown = rows.length > 0 ? rows : [none]
  return {
    sql: `(${shown.map(select).join(' UNION ALL ')})`,
    columns: columns.map(([name, type]) => ({ name, sqlName: name, type })),
  }
}

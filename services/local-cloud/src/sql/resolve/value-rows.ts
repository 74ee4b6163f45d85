import { quote, quoteText } from '../../bigquery/values/fields.ts'
import { anonymous } from '../typing/sql-type.ts'
import type { Context, Resolved } from './scope.ts'

/**
 * Rows that are structs, by SELECT AS STRUCT or AS VALUE, as the columns that a result or a table of them has (query syntax: value tables):
 * `SELECT AS VALUE ARRAY_AGG(t ORDER BY at DESC LIMIT 1)[OFFSET(0)] FROM t GROUP BY id` gives rows as those of `t`.
 */
export function withFieldsAsColumns(context: Context, rows: Resolved): Resolved {
  const [value] = rows.columns
  if (!rows.isValue || value?.type.kind !== 'STRUCT') return rows
  const alias = context.unique()
  let unnamed = 0
  const columns = value.type.fields!.map(({ name, type }, index) => {
    const shown = name === anonymous(index) ? `f${unnamed++}_` : name
    return { name: shown, sqlName: shown, type, field: name }
  })
  const list = columns.map(
    ({ sqlName, field }) =>
      `struct_extract(${alias}.${quote(value.sqlName)}, ${quoteText(field)}) AS ${quote(sqlName)}`,
  )
  return { sql: `SELECT ${list.join(', ')} FROM (${rows.sql}) AS ${alias}`, columns, isValue: false }
}

import type { Column } from '@tablestream/table-schema'
import { alteredSql, presentSql, valueSql } from '../land/value-sql.ts'
import { ALL_DAYS } from './all-rows.ts'
import { isRowOfKey, keysOfSpan, type PublishedSpan } from './span-keys.ts'

export interface CarryParts extends PublishedSpan {
  /** Full names, in backticks. */
  readonly table: string
  readonly rewound: string
  /** The columns that both have, as the rewound one has them, and as the other. */
  readonly columns: readonly (readonly [to: Column, from: Column])[]
  /** Columns of the table that the rewound one has not. */
  readonly dropped: readonly Column[]
}

/**
 * Brings into a rewound table the rows that are not of its span: those whose events nobody published in it (they came before it, after it,
 * or by files). An event of the span is made anew, or is not there, as the rules of now say.
 *
 * Of the few messages that SQL may read otherwise than JavaScript does the rows stay as they are.
 */
export function carryStatement(parts: CarryParts): string {
  const names = parts.columns.map(([to]) => `\`${to.name}\``)
  const values = parts.columns.map(([to, from]) => valueSql(to, from, `r.\`${from.name}\``))
  return `INSERT INTO ${parts.rewound} (${names.join(', ')})
  SELECT ${values.join(', ')} ${carriedRows(parts)}`
}

/**
 * SQL of one row with `n`, how many rows are carried over, and `unfit`: names of the columns, with commas between them, in which one of
 * these rows has a value that would not be the same in the rewound table.
 */
export function carriedCount(parts: CarryParts): string {
  const altered = parts.columns.map(
    ([to, from]) => [from.name, alteredSql(to, from, `r.\`${from.name}\``)] as const,
  )
  const lost = parts.dropped.map(
    (column) => [column.name, presentSql(column, `r.\`${column.name}\``)] as const,
  )
  const unfit = [...altered, ...lost].flatMap(([name, is]) =>
    is === undefined ? [] : `IF(COUNTIF(${is}) > 0, ${JSON.stringify(name)}, NULL)`,
  )
  const names = unfit.length === 0 ? `''` : `IFNULL(ARRAY_TO_STRING([${unfit.join(', ')}], ', '), '')`
  return `SELECT COUNT(*) AS n, ${names} AS unfit ${carriedRows(parts)}`
}

function carriedRows(parts: CarryParts): string {
  return `FROM ${parts.table} AS r LEFT JOIN ${keysOfSpan(parts)} AS k ON ${isRowOfKey('r', 'k')}
  WHERE ${ALL_DAYS} AND k.event_id IS NULL`
}

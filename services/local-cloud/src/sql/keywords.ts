import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { isGroup, isSymbol, isWord, type Node } from './tokens.ts'

/**
 * GoogleSQL's reserved words (lexical structure, "Reserved keywords"). Every other word is a name, and goes to DuckDB in quotes:
 * so no word of DuckDB's own (TABLE, DESCRIBE, SUMMARIZE, PIVOT_WIDER, …) is ever one.
 */
const RESERVED = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
  DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL
  GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP
  MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE
  RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
  WHERE WINDOW WITH WITHIN`.split(/\s+/),
)

export function isReserved(upper: string): boolean {
  return RESERVED.has(upper)
}

/** Words before a bracket that are no function. */
export const NO_CALL: ReadonlySet<string> = new Set(
  `SELECT FROM WHERE AND OR NOT IN AS ON USING BY OVER WHEN THEN ELSE CASE LIKE BETWEEN IS UNION ALL DISTINCT JOIN
  HAVING LIMIT EXCEPT WITH INTO INTERSECT QUALIFY PARTITION ORDER GROUP ROWS RANGE SET ANY SOME EXISTS RECURSIVE END
  WINDOW`.split(/\s+/),
)

/** What ends a list of tables. */
export const END_OF_FROM =
  'WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT UNION INTERSECT EXCEPT SELECT'.split(' ')

/** Functions that may be called without brackets. */
export const BARE_CALLS: ReadonlySet<string> = new Set([
  'CURRENT_DATE',
  'CURRENT_DATETIME',
  'CURRENT_TIMESTAMP',
])

/** `a IS [NOT] DISTINCT FROM b`. */
export function endsDistinctFrom(nodes: readonly Node[], at: number): boolean {
  const is = isWord(nodes[at - 2], 'NOT') ? nodes[at - 3] : nodes[at - 2]
  return isWord(nodes[at - 1], 'DISTINCT') && isWord(is, 'IS')
}

/** `* REPLACE (…)` and `* EXCEPT (…) REPLACE (…)`, where REPLACE is no function. */
export function replacesColumns(nodes: readonly Node[], at: number): boolean {
  const star = isGroup(nodes[at - 1], '(') && isWord(nodes[at - 2], 'EXCEPT') ? at - 3 : at - 1
  return isWord(nodes[at], 'REPLACE') && isSymbol(nodes[star], '*')
}

/** Reserved words, and those that are words of the language at their place only. */
export function isKeyword(nodes: readonly Node[], at: number, upper: string): boolean {
  const before = nodes[at - 1]
  if (isReserved(upper) || replacesColumns(nodes, at)) return true
  if (upper === 'FIRST' || upper === 'LAST') return isWord(before, 'NULLS')
  if (upper === 'ROW') return isWord(before, 'CURRENT')
  if (upper === 'OFFSET') return isWord(nodes[at - 2], 'LIMIT')
  if (upper === 'TIME') return isWord(before, 'AT')
  return upper === 'ZONE' && isWord(before, 'TIME') && isWord(nodes[at - 2], 'AT')
}

/** @throws BigQueryError for a clause that is not done here */
export function refuseClause(nodes: readonly Node[], at: number): void {
  const node = nodes[at]
  const refused =
    isWord(node, 'TABLESAMPLE') || (isWord(node, 'PIVOT', 'UNPIVOT') && isGroup(nodes[at + 1], '('))
      ? (node as { upper: string }).upper
      : isWord(node, 'SYSTEM_TIME') && isWord(nodes[at - 1], 'FOR')
        ? 'FOR SYSTEM_TIME AS OF'
        : undefined
  if (refused !== undefined) throw notImplemented(refused)
}

export function unexpected(text: string): BigQueryError {
  return new BigQueryError('invalidQuery', `Syntax error: Unexpected "${text}"`)
}

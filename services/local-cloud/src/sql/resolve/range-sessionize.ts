import { quote } from '../../bigquery/values/fields.ts'
import type { From } from '../tree/tree.ts'
import { spelling, ungroupable } from '../typing/sql-type.ts'
import type { Context, OutputColumn, Resolved, Scope } from './scope.ts'
import { columnOf, tableArguments, textOf, textsOf } from './table-arguments.ts'

const NAMES = ['RANGE_COLUMN', 'PARTITIONING_COLUMNS', 'SESSIONIZE_OPTION']
/** Before all times, and behind them: an end that is UNBOUNDED. */
const [FIRST, LAST] = [-(2n ** 63n) + 1n, 2n ** 63n - 1n]

/**
 * RANGE_SESSIONIZE (range functions): all columns of a table, and `session_range`, from the start of the first to the end of the last of
 * the ranges that meet or overlap one another. A range that is NULL has none (which is not documented).
 *
 * @throws BigQueryError invalidQuery
 */
export function rangeSessionize(
  context: Context,
  node: From & { kind: 'function' },
  outer: Scope | undefined,
): Pick<Resolved, 'sql' | 'columns'> {
  const { rows, others } = tableArguments(context, node, outer, NAMES, 2)
  const [rangeNode, groupsNode] = [others.get('RANGE_COLUMN')!, others.get('PARTITIONING_COLUMNS')!]
  const range = columnOf(context, rows.columns, textOf(context, rangeNode), rangeNode.at)
  if (range.type.kind !== 'RANGE')
    return context.fail(
      `RANGE_SESSIONIZE: ${range.name} must be a RANGE, and is ${spelling(range.type)}`,
      rangeNode.at,
    )
  const groups = textsOf(context, groupsNode).map((name) => {
    const column = columnOf(context, rows.columns, name, groupsNode.at)
    return column.type.kind === 'FLOAT64' || ungroupable(column.type)
      ? context.fail(
          `Partitioning by expressions of type ${spelling(column.type)} is not allowed`,
          groupsNode.at,
        )
      : column
  })
  const optionNode = others.get('SESSIONIZE_OPTION')
  const option = optionNode ? textOf(context, optionNode).toUpperCase() : 'MEETS'
  if (!['MEETS', 'OVERLAPS'].includes(option))
    return context.fail('RANGE_SESSIONIZE: sessionize_option must be MEETS or OVERLAPS', node.at)

  const unique = context.unique()
  const columns = rows.columns.map(({ name, type }): OutputColumn => ({ name, sqlName: name, type }))
  const taken = rows.columns.map(({ sql, name }) => `${sql} AS ${quote(name)}`)
  const keys = [...groups.map(({ name }) => `s.${quote(name)}`), 'one IS NULL'].join(', ')
  const own = columns.map(({ sqlName }) => `s.${quote(sqlName)}`).join(', ')
  const window = (frame: string) =>
    `(PARTITION BY ${keys} ORDER BY starts, ends ROWS BETWEEN UNBOUNDED PRECEDING AND ${frame})`
  const isApart = `starts ${option === 'MEETS' ? '>' : '>='} max(ends) OVER ${window('1 PRECEDING')}`
  const session = `PARTITION BY ${keys}, session`
  const bound = (sql: string, unbounded: bigint) =>
    `CASE WHEN ${sql} = ${unbounded} THEN 'UNBOUNDED' ELSE CAST(${sql} AS VARCHAR) END`
  const [from, to] = [`min(starts) OVER (${session})`, `max(ends) OVER (${session})`]
  const whole = `range_of('${range.type.element!.kind}', ${bound(from, FIRST)}, ${bound(to, LAST)})`
  const sql = [
    `WITH ${unique}_taken AS (SELECT ${taken.join(', ')}, ${range.sql} AS one FROM ${rows.sql})`,
    `, ${unique}_sided AS (SELECT *, coalesce(range_start(one), ${FIRST}) AS starts, coalesce(range_end(one), ${LAST}) AS ends FROM ${unique}_taken)`,
    `, ${unique}_begun AS (SELECT *, CASE WHEN ${isApart} THEN 1 ELSE 0 END AS begins FROM ${unique}_sided AS s)`,
    `, ${unique}_numbered AS (SELECT *, sum(begins) OVER ${window('CURRENT ROW')} AS session FROM ${unique}_begun AS s)`,
    `SELECT ${own}, CASE WHEN one IS NOT NULL THEN ${whole} END AS session_range FROM ${unique}_numbered AS s`,
  ].join(' ')
  return {
    sql: `(${sql})`,
    columns: [...columns, { name: 'session_range', sqlName: 'session_range', type: range.type }],
  }
}

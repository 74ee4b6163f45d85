import { notImplemented } from '../../bigquery/errors.ts'
import type { Aggregate } from '../functions/aggregate.ts'
import type { Call } from '../tree/tree.ts'
import { rangeKey } from '../typing/range-key.ts'
import { spelling, ungroupable } from '../typing/sql-type.ts'
import type { Context, Scope } from './scope.ts'

/** DuckDB's aggregates that it has of a list, too. */
const OF_LISTS = new Set(
  'sum avg min max count bool_and bool_or bit_and bit_or bit_xor string_agg list stddev_samp stddev_pop var_samp var_pop'.split(
    ' ',
  ),
)

/**
 * `SUM(a HAVING MAX b)`: the aggregate of the rows that have the largest `b` (aggregate function calls: HAVING MAX). Of none it is where
 * `b` is always NULL, or NaN once.
 *
 * @param conditions of the rows that count @throws BigQueryError invalidQuery, notImplemented
 */
export function ofMostRows(
  context: Context,
  node: Call,
  { name, args }: Aggregate,
  conditions: readonly string[],
  scope: Scope,
): string {
  const { most, of } = node.having!
  const by = context.expression(of, scope)
  if (ungroupable(by.type))
    return context.fail(`HAVING ${most} does not support expressions of type ${spelling(by.type)}`, of.at)
  if (node.distinct || node.orderBy.length > 0 || node.limit)
    throw notImplemented(`HAVING ${most} beside DISTINCT, ORDER BY and LIMIT`)
  if (
    !OF_LISTS.has(name) ||
    args.length !== (name === 'string_agg' ? 2 : 1) ||
    node.name.startsWith('APPROX')
  )
    throw notImplemented(`HAVING inside ${node.name}`)
  const key = by.type.kind === 'RANGE' ? rangeKey(by.sql) : by.sql
  const [value, separator] = args
  const isNumber = by.type.kind === 'FLOAT64' ? ` AND NOT bool_or(isnan(${key}))` : ''
  const filter = conditions.length > 0 ? ` FILTER (WHERE ${conditions.join(' AND ')})` : ''
  const rows = `list({'v': ${value === '*' ? 1 : value}, 'h': ${key}})${filter}`
  const taken = `list_filter(${rows}, lambda each_row: each_row.h = ${most.toLowerCase()}(${key})${isNumber})`
  const values = `list_transform(${taken}, lambda each_row: each_row.v)`
  if (name === 'list') return `nullif(${values}, [])`
  const made = `list_aggregate(${values}, '${name}'${separator === undefined ? '' : `, ${separator}`})`
  return name === 'count' ? `coalesce(${made}, 0)` : made
}

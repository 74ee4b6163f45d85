import { notImplemented } from '../../bigquery/errors.ts'
import {
  AGGREGATES,
  MAY_IGNORE_NULLS,
  MAY_ORDER,
  MAY_RESPECT_NULLS,
  NEED_ORDER,
  NO_FRAME,
  noSignature,
  NUMBERING,
} from '../functions/aggregates.ts'
import { fail } from '../fail.ts'
import { once } from '../once.ts'
import type { Aggregate } from '../functions/aggregate.ts'
import type { Call, Expression, Frame, FrameEnd, OrderItem, WindowSpec } from '../tree/tree.ts'
import { ofMostRows } from './having-most.ts'
import { orderKey, orderKeys, withNanInPlace } from './order.ts'
import { withOwnRow } from './outer-aggregate.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { windowOf } from './windows.ts'
import { ungroupable, spelling } from '../typing/sql-type.ts'

/** A call of an aggregate or of a function over a window; undefined where the name is none of these. */
export function aggregateOf(context: Context, node: Call, scope: Scope): Typed | undefined {
  const { name, at, over } = node
  const rule = AGGREGATES[name] ?? NUMBERING[name]
  if (!rule) return undefined
  if (NUMBERING[name] && !over)
    return context.fail(`Analytic function ${name} cannot be called without an OVER clause`, at)
  if (over && scope.noAggregates !== undefined)
    return context.fail(`Analytic function not allowed in ${scope.noAggregates}`, at)
  if (!over && scope.noAggregates !== undefined)
    return context.fail(`Aggregate function ${name} not allowed in ${scope.noAggregates}`, at)
  const respectsNulls = node.nulls === 'RESPECT' && MAY_RESPECT_NULLS.has(name)
  if (node.nulls && !over && name !== 'ARRAY_AGG' && !respectsNulls)
    throw notImplemented(`${node.nulls} NULLS in ${name}`)
  const inside: Scope = over ? scope : { ...scope, noAggregates: `an aggregate function` }
  const isStar = node.args[0]?.kind === 'star'
  const comparesNot = (args: readonly Typed[]): boolean =>
    (node.distinct || name === 'APPROX_COUNT_DISTINCT') && args.some(({ type }) => ungroupable(type))
  if (isStar && name !== 'COUNT') return context.fail(`Argument * can only be used in COUNT(*)`, at)
  const given = isStar ? [] : node.args.map((arg) => context.expression(arg, inside))
  const args = over ? given : withOwnRow(given, node.args, scope)
  if (!isStar && name === 'COUNT' && args.length !== 1) return context.fail(noSignature(name, args), at)
  if (comparesNot(args))
    return context.fail(
      `Aggregate functions with DISTINCT cannot be used with arguments of type ${spelling(args[0]!.type)}`,
      at,
    )
  const isOfOne = node.having && name === 'ANY_VALUE' && !over
  const found =
    (isOfOne
      ? AGGREGATES[`${node.having.most}_BY`]!([...args, context.expression(node.having.of, inside)])
      : rule(args, respectsNulls)) ?? context.fail(noSignature(name, args), at)
  const made = (of: Aggregate): string =>
    over ? windowCall(context, node, of, scope) : aggregateCall(context, node, of, inside, args[0])
  const besides = (found.besides ?? []).map((beside) => made({ ...found, ...beside }))
  return { sql: found.wrap ? found.wrap(made(found), ...besides) : made(found), type: found.type }
}

function aggregateCall(
  context: Context,
  node: Call,
  found: Aggregate,
  scope: Scope,
  first: Typed | undefined,
): string {
  const { name } = node
  if (node.orderBy.length > 0 && !MAY_ORDER.has(name))
    return context.fail(`${name} does not support ORDER BY in its arguments`, node.at)
  if (node.distinct && node.orderBy.some(({ of }) => !found.args.includes(context.expression(of, scope).sql)))
    return context.fail(
      'An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY expressions that are arguments to the function',
      node.at,
    )
  // DuckDB orders what is DISTINCT by itself alone
  const order =
    node.orderBy.length > 0
      ? ` ${orderBy(context, node.orderBy, scope, node.distinct ? orderKey : orderKeys)}`
      : ''
  const conditions = [found.only, node.nulls === 'IGNORE' ? `${first!.sql} IS NOT NULL` : undefined].filter(
    (each) => each !== undefined,
  )
  if (node.having && name !== 'ANY_VALUE') return ofMostRows(context, node, found, conditions, scope)
  const filter = (all: readonly string[]): string =>
    all.length > 0 ? ` FILTER (WHERE ${all.join(' AND ')})` : ''
  if (node.distinct && name === 'COUNT' && first?.type.kind === 'STRUCT')
    throw notImplemented('COUNT(DISTINCT) of a STRUCT')
  const distinct = node.distinct ? 'DISTINCT ' : ''
  // what is DISTINCT is ordered by what it is
  const [item] = node.orderBy
  const inPlace = (list: string): string =>
    node.distinct && item && first?.type.kind === 'FLOAT64' && found.name === 'list'
      ? once(list, (made) => withNanInPlace(made, item))
      : list
  if (!node.limit)
    return inPlace(`${found.name}(${distinct}${found.args.join(', ')}${order})${filter(conditions)}`)
  const { sql: limit, type: ofLimit, literal } = context.expression(node.limit, scope)
  if (ofLimit.kind !== 'INT64' || !literal || literal.text?.startsWith('-') === true)
    return context.fail(
      `LIMIT in ${name} is an INT64 literal or parameter that is not negative`,
      node.limit.at,
    )
  // of no row it is NULL, and so it is of no row that is taken
  const unlessNone = (sql: string): string => `(CASE WHEN ${limit} > 0 THEN ${sql} END)`
  if (name === 'ARRAY_AGG' || name === 'ARRAY_CONCAT_AGG')
    return unlessNone(
      `list_slice(${inPlace(`list(${distinct}${found.args[0]}${order})${filter(conditions)}`)}, 1, ${limit})`,
    )
  if (name !== 'STRING_AGG') return context.fail(`LIMIT is not allowed in ${name}`, node.at)
  const list = `list(${distinct}${found.args[0]}${order})${filter([...conditions, `${first!.sql} IS NOT NULL`])}`
  return unlessNone(`array_to_string(list_slice(${list}, 1, ${limit}), ${found.args[1]})`)
}

function windowCall(context: Context, node: Call, found: Aggregate, scope: Scope): string {
  const { name, at } = node
  if (node.orderBy.length > 0 || node.limit || node.having)
    throw notImplemented(`ORDER BY, LIMIT and HAVING inside ${name} with OVER`)
  const [, , otherwise] = node.args
  if ((name === 'LAG' || name === 'LEAD') && otherwise && holdsNames(otherwise))
    return context.fail(`The third argument (the default expression) to ${name} must be constant`, at)
  const window = windowOf(context, node.over!, scope, at)
  if (NEED_ORDER.has(name) && window.orderBy.length === 0)
    return context.fail(`Window ORDER BY is required for analytic function ${name}`, at)
  if (NO_FRAME.has(name) && window.frame)
    return context.fail(`Window framing clause is not allowed for analytic function ${name}`, at)
  if (node.distinct && (window.orderBy.length > 0 || window.frame))
    return context.fail(`Window ORDER BY and framing are not allowed if DISTINCT is specified in ${name}`, at)
  const percentile = name.startsWith('PERCENTILE_')
  if (percentile && window.orderBy.length > 0)
    return context.fail(`Window ORDER BY is not allowed for analytic function ${name}`, at)
  if (node.nulls === 'RESPECT' && percentile && !MAY_RESPECT_NULLS.has(name))
    throw notImplemented(`RESPECT NULLS in ${name}`)
  if (node.nulls && !percentile && !MAY_IGNORE_NULLS.has(name) && !AGGREGATES[name])
    return context.fail(`${node.nulls} NULLS is not allowed for ${name}`, at)
  const ignores = node.nulls === 'IGNORE' && MAY_IGNORE_NULLS.has(name) ? ' IGNORE NULLS' : ''
  const only = [
    found.only,
    node.nulls === 'IGNORE' && AGGREGATES[name] ? `${found.args[0]} IS NOT NULL` : undefined,
  ].filter((each) => each !== undefined)
  const filter = only.length > 0 ? ` FILTER (WHERE ${only.join(' AND ')})` : ''
  return `${found.name}(${node.distinct ? 'DISTINCT ' : ''}${found.args.join(', ')}${ignores})${filter} OVER (${textOf(context, window, scope)})`
}

/** Whether an expression names a column. */
function holdsNames(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  return (node as { kind?: string }).kind === 'path' || Object.values(node).some(holdsNames)
}

function textOf(context: Context, { partitionBy, orderBy: order, frame }: WindowSpec, scope: Scope): string {
  const parts: string[] = []
  if (partitionBy.length > 0)
    parts.push(`PARTITION BY ${partitionBy.map((each) => partOf(context, each, scope)).join(', ')}`)
  // a distance is measured along one key
  const isMeasured = frame?.unit === 'RANGE' && [frame.from, frame.to].some((end) => typeof end === 'object')
  if (isMeasured) checkMeasured(context, order, scope, frame)
  const measured = (value: Typed, item: OrderItem) => orderKey(finiteOnly(value), item)
  if (order.length > 0) parts.push(orderBy(context, order, scope, isMeasured ? measured : orderKeys))
  if (frame) {
    checkFrame(context, frame)
    const end = (of: FrameEnd) =>
      typeof of === 'string' ? of : `${context.expression(of.offset, scope).sql} ${of.side}`
    parts.push(
      `${frame.unit} ${frame.to === undefined ? end(frame.from) : `BETWEEN ${end(frame.from)} AND ${end(frame.to)}`}`,
    )
  }
  return parts.join(' ')
}

const NOT_IN_PARTITIONS = ['FLOAT64', 'ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY']

function partOf(context: Context, node: Expression, scope: Scope): string {
  const { sql, type } = context.expression(node, scope)
  if (NOT_IN_PARTITIONS.includes(type.kind))
    return context.fail(`Partitioning by expressions of type ${spelling(type)} is not allowed`, node.at)
  return sql
}

const ENDS = ['UNBOUNDED PRECEDING', 'PRECEDING', 'CURRENT ROW', 'FOLLOWING', 'UNBOUNDED FOLLOWING']

/** A frame does not end before it begins, and its offsets are not negative. */
function checkFrame(context: Context, { from, to = 'CURRENT ROW' }: Frame): void {
  const place = (end: FrameEnd) => ENDS.indexOf(typeof end === 'string' ? end : end.side)
  for (const end of [from, to])
    if (typeof end !== 'string' && end.offset.kind === 'literal' && end.offset.text.startsWith('-'))
      context.fail('Window frame offset must not be negative', end.offset.at)
  const at = [from, to].flatMap((end) => (typeof end === 'string' ? [] : [end.offset.at]))[0] ?? 0
  if (place(from) > place(to) || from === 'UNBOUNDED FOLLOWING' || to === 'UNBOUNDED PRECEDING')
    context.fail(`Window frame that starts with ${ENDS[place(from)]} cannot end with ${ENDS[place(to)]}`, at)
  const size = (end: FrameEnd) =>
    typeof end !== 'string' && end.offset.kind === 'literal' ? Number(end.offset.text) : undefined
  const [first, last] = [size(from), size(to)]
  if (first === undefined || last === undefined || place(from) !== place(to)) return
  // DuckDB counts less than no rows in some of them
  if (place(from) === ENDS.indexOf('PRECEDING') ? first < last : first > last)
    throw notImplemented('a window frame that has no rows')
}

/** From infinity, and from what is no number, no distance is measured as GoogleSQL does it. */
function finiteOnly(value: Typed): Typed {
  if (value.type.kind !== 'FLOAT64') return value
  const error = fail(`'local-cloud knows no RANGE frame with offsets about infinity or NaN'`, 'DOUBLE')
  const sql = `(CASE WHEN isfinite(${value.sql}) OR ${value.sql} IS NULL THEN ${value.sql} ELSE ${error} END)`
  return { sql, type: value.type }
}

/** Distances are of one number (window function calls: RANGE). */
function checkMeasured(context: Context, order: readonly OrderItem[], scope: Scope, frame: Frame): void {
  const [item] = order
  const end = [frame.from, frame.to].find((each) => typeof each === 'object')!
  const isNumber =
    item && ['INT64', 'FLOAT64', 'NUMERIC'].includes(context.expression(item.of, scope).type.kind)
  if (order.length !== 1 || !isNumber)
    context.fail(
      'RANGE-based window frames with offsets need one ORDER BY expression, of a numeric type',
      end.offset.at,
    )
}

/** @param keys of one item */
function orderBy(
  context: Context,
  items: readonly OrderItem[],
  scope: Scope,
  keys: (value: Typed, item: OrderItem) => string | string[],
): string {
  const list = items.flatMap((item) => {
    const value = context.expression(item.of, scope)
    if (['JSON', 'ARRAY', 'STRUCT', 'GEOGRAPHY'].includes(value.type.kind))
      return context.fail(
        `Ordering by expressions of type ${spelling(value.type)} is not allowed`,
        item.of.at,
      )
    return keys(value, item)
  })
  return `ORDER BY ${list.join(', ')}`
}

import type { Expression } from '../tree/tree.ts'
import { isVolatile, once } from '../once.ts'
import { coerce, commonType, distance } from '../typing/coerce.ts'
import { comparison } from './operators.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { BOOL, spelling } from '../typing/sql-type.ts'

type Node<K extends Expression['kind']> = Expression & { kind: K }

/** A value that must be BOOL. @param where WHERE, ON, … */
export function conditionOf(context: Context, node: Expression, scope: Scope, where: string): string {
  const value = context.expression(node, scope)
  if (distance(value, BOOL) !== 0)
    context.fail(`${where} should return type BOOL, but returns ${spelling(value.type)}`, node.at)
  return value.sql
}

export function betweenOf(context: Context, node: Node<'between'>, scope: Scope): Typed {
  const value = context.expression(node.of, scope)
  return reckonedOnce(value, (of) => between(context, node, of, scope))
}

/** What names a value more than once; one that is another each time is reckoned before. */
function reckonedOnce(value: Typed, of: (value: Typed) => Typed): Typed {
  if (!isVolatile(value.sql)) return of(value)
  let made: Typed | undefined
  const sql = once(value.sql, (name) => {
    made = of({ sql: name, type: value.type })
    return made.sql
  })
  return { sql, type: made!.type }
}

function between(context: Context, node: Node<'between'>, of: Typed, scope: Scope): Typed {
  const low = context.expression(node.low, scope)
  const high = context.expression(node.high, scope)
  const parts = [comparison('>=', of, low), comparison('<=', of, high)]
  const type = commonType([of, low, high])
  if (parts.some((part) => !part) || !type) return mismatch(context, 'BETWEEN', [of, low, high], node.at)
  const each = [of, low, high].map((value) => coerce(value, type).sql)
  const sql = ['FLOAT64', 'BIGNUMERIC', 'RANGE'].includes(type.kind)
    ? parts.map((part) => part!.sql).join(' AND ')
    : `${each[0]} BETWEEN ${each[1]} AND ${each[2]}`
  return { sql: `(${node.not ? 'NOT ' : ''}(${sql}))`, type: BOOL }
}

export function inOf(context: Context, node: Node<'in'>, scope: Scope): Typed {
  const of = context.expression(node.of, scope)
  const not = node.not ? 'NOT ' : ''
  if (node.query) {
    const { sql, columns } = context.query(node.query, scope)
    const [column] = columns
    if (columns.length !== 1) context.fail('Subquery of type IN must have only one output column', node.at)
    const type = commonType([of, { sql: '', type: column!.type }])
    const name = context.unique()
    const each = { sql: `${name}."${column!.sqlName.replaceAll('"', '""')}"`, type: column!.type }
    if (!type || !comparison('=', of, each)) return mismatch(context, 'IN', [of, each], node.at)
    if (type.kind === 'STRUCT')
      return structIn(of, each, `(${sql}) AS ${name}`, not) ?? mismatch(context, 'IN', [of, each], node.at)
    const item = coerce(each, type).sql
    return { sql: `(${coerce(of, type).sql} ${not}IN (SELECT ${item} FROM (${sql}) AS ${name}))`, type: BOOL }
  }
  if (node.array) {
    const array = context.expression(node.array, scope)
    const element = array.type.element
    const held = array.literal?.type === 'EMPTY' ? [] : [{ sql: '', type: element ?? of.type }]
    const type = element && commonType([of, ...held])
    if (!type || !comparison('=', of, { sql: 'NULL', type }))
      return mismatch(context, 'IN UNNEST', [of, array], node.at)
    if (type.kind === 'STRUCT') {
      const name = context.unique()
      const each = { sql: `${name}.item`, type: element }
      const found = structIn(of, each, `(SELECT unnest(${array.sql}) AS item) AS ${name}`, not)
      return found ?? mismatch(context, 'IN UNNEST', [of, array], node.at)
    }
    const items = coerce(array, { kind: 'ARRAY', element: type }).sql
    const value = coerce(of, type).sql
    const found = `${value} IN (SELECT unnest(${items}))`
    // NaN is equal to nothing
    return {
      sql: `(${not}(${type.kind === 'FLOAT64' ? `${found} AND NOT isnan(${value})` : found}))`,
      type: BOOL,
    }
  }
  const list = node.list.map((item) => context.expression(item, scope))
  const type = commonType([of, ...list])
  if (!type || !list.every((item) => comparison('=', of, item)))
    return mismatch(context, 'IN', [of, ...list], node.at)
  if (type.kind === 'STRUCT') {
    const each = list.map((item) => comparison('=', of, item)!.sql)
    return { sql: `(${not}(${each.join(' OR ')}))`, type: BOOL }
  }
  const items = list.map((item) => coerce(item, type).sql).join(', ')
  const value = coerce(of, type).sql
  // NaN is equal to nothing
  if (type.kind === 'FLOAT64' && !of.literal && list.some(({ literal }) => !literal))
    return { sql: `(${not}(${value} IN (${items}) AND NOT isnan(${value})))`, type: BOOL }
  return { sql: `(${value} ${not}IN (${items}))`, type: BOOL }
}

/** Whether one of many is equal; NULL where that is not known of one of them, and none is. @param from SQL of where they are */
function structIn(of: Typed, each: Typed, from: string, not: string): Typed | undefined {
  const equal = comparison('=', of, each)?.sql
  if (equal === undefined) return undefined
  const found = `CASE WHEN bool_or(${equal}) THEN TRUE WHEN count(*) = count(${equal}) THEN FALSE END`
  return { sql: `(${not}(SELECT ${found} FROM ${from}))`, type: BOOL }
}

export function isOf(context: Context, node: Node<'is'>, scope: Scope): Typed {
  const of = context.expression(node.of, scope)
  if (node.what !== 'NULL' && distance(of, BOOL) !== 0)
    return mismatch(context, `IS ${node.what}`, [of], node.at)
  return { sql: `(${of.sql} IS ${node.not ? 'NOT ' : ''}${node.what})`, type: BOOL }
}

export function distinctOf(context: Context, node: Node<'distinct'>, scope: Scope): Typed {
  const values = [context.expression(node.left, scope), context.expression(node.right, scope)]
  const type = commonType(values)
  if (!type || !comparison('=', values[0]!, values[1]!))
    return mismatch(context, 'IS DISTINCT FROM', values, node.at)
  const [a, b] = values.map((value) => coerce(value, type).sql)
  return { sql: `(${a} IS ${node.not ? 'NOT ' : ''}DISTINCT FROM ${b})`, type: BOOL }
}

export function caseOf(context: Context, node: Node<'case'>, scope: Scope): Typed {
  const of = node.of && context.expression(node.of, scope)
  return of
    ? reckonedOnce(of, (value) => caseWith(context, node, value, scope))
    : caseWith(context, node, of, scope)
}

function caseWith(context: Context, node: Node<'case'>, of: Typed | undefined, scope: Scope): Typed {
  const whens = node.whens.map(({ when, result }) => {
    const value = of ? comparison('=', of, context.expression(when, scope)) : context.expression(when, scope)
    if (!value) return mismatch(context, 'CASE', [of!, context.expression(when, scope)], when.at)
    if (distance(value, BOOL) !== 0) return mismatch(context, 'CASE', [value], when.at)
    return { when: value.sql, result: context.expression(result, scope) }
  })
  const otherwise = node.otherwise && context.expression(node.otherwise, scope)
  const results = [...whens.map(({ result }) => result), ...(otherwise ? [otherwise] : [])]
  const type = commonType(results)
  if (!type) return mismatch(context, 'CASE', results, node.at)
  const arms = whens.map(({ when, result }) => `WHEN ${when} THEN ${coerce(result, type).sql}`)
  const last = otherwise ? ` ELSE ${coerce(otherwise, type).sql}` : ''
  return { sql: `(CASE ${arms.join(' ')}${last} END)`, type }
}

function mismatch(context: Context, operator: string, values: readonly Typed[], at: number): never {
  const types = values.map(({ type }) => spelling(type)).join(', ')
  return context.fail(`No matching signature for operator ${operator} for argument types: ${types}`, at)
}

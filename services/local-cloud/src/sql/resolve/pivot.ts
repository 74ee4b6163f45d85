import { notImplemented } from '../../bigquery/errors.ts'
import type { Call, Expression, From, Pivot, Query, Select, SelectItem, Unpivot } from '../tree/tree.ts'
import type { Column, Context } from './scope.ts'

/** Those that leave NULLs out: a row of another value counts as one. */
const LEAVE_NULLS_OUT = new Set(
  'SUM COUNT COUNTIF AVG MIN MAX STRING_AGG LOGICAL_AND LOGICAL_OR BIT_AND BIT_OR BIT_XOR STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP'.split(
    ' ',
  ),
)

/** The query that gives the same rows. @param columns what stands before PIVOT has */
export function pivotQuery(context: Context, of: From, by: Pivot, columns: readonly Column[]): Query {
  const { at } = by
  if (holdsQuery(by.aggregates)) throw notImplemented('a query inside of PIVOT')
  const used = new Set(
    [by.column, ...by.aggregates.map((one) => one.of)].flatMap((one) => namesIn(one, nameOf(of))),
  )
  const kept = columns.filter(({ name }) => !used.has(name.toLowerCase()))
  const groups = kept.map(({ name }): Expression => ({ kind: 'path', names: [name], at }))
  const items = groups.map((group): SelectItem => ({ kind: 'item', of: group, alias: undefined, at }))
  for (const value of by.values)
    for (const { of: call, alias } of by.aggregates) {
      if (alias === undefined && by.aggregates.length > 1)
        return context.fail('PIVOT with several aggregates needs an alias for each of them', at)
      const label = value.alias ?? labelOf(context, value.of)
      items.push({
        kind: 'item',
        of: onlyFor(context, call, by.column, value.of),
        alias: named(alias, label),
        at,
      })
    }
  return queryOf(select(items, of, undefined, groups, at))
}

/** A number as CAST to STRING writes it. */
const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/

/** An aggregate of the rows that have the value. */
function onlyFor(context: Context, call: Expression, column: Expression, value: Expression): Expression {
  const { at } = call
  if (call.kind !== 'call') return context.fail('PIVOT takes calls of aggregate functions', at)
  if (!LEAVE_NULLS_OUT.has(call.name) || call.nulls || call.orderBy.length > 0)
    throw notImplemented(`${call.name} in PIVOT`)
  const is: Expression = { kind: 'distinct', left: column, right: value, not: true, at }
  const [first, ...rest] = call.args
  if (first === undefined) return context.fail(`${call.name} in PIVOT has no argument`, at)
  if (first.kind === 'star') return { ...call, name: 'COUNTIF', args: [is] }
  const only: Expression = { ...EMPTY_CALL, name: 'IF', args: [is, first, NULL], at }
  return { ...call, args: [only, ...rest] }
}

const NULL: Expression = { kind: 'literal', type: 'NULL', text: 'NULL', at: 0 }
const EMPTY_CALL: Omit<Call, 'name' | 'args' | 'at'> = {
  kind: 'call',
  path: [],
  safe: false,
  distinct: false,
  nulls: undefined,
  having: undefined,
  orderBy: [],
  limit: undefined,
  over: undefined,
}

/** No name begins with a digit. */
function named(alias: string | undefined, label: string): string {
  if (alias !== undefined) return `${alias}_${label}`
  return /^\d/.test(label) ? `_${label}` : label
}

/** What a column is called that has no alias (query syntax: PIVOT), behind the name of its aggregate. */
function labelOf(context: Context, value: Expression): string {
  const number = (text: string): string => text.replace('-', 'minus_').replace('.', '_point_')
  if (value.kind === 'literal') {
    if (value.type === 'STRING') return value.text === '' ? 'empty_string_value' : value.text
    if (value.type === 'NULL') return value.text
    if (value.type === 'BOOL') return value.text.toUpperCase()
    if (value.type === 'INT64') return number(value.text)
  }
  if (value.kind === 'typed' && value.type === 'DATE') return value.text.replaceAll('-', '_')
  if (value.kind === 'typed' && /^(BIG)?(NUMERIC|DECIMAL)$/.test(value.type) && PLAIN.test(value.text))
    return number(value.text)
  return context.fail('local-cloud wants an alias for this value of PIVOT', value.at)
}

/** The query that gives the same rows. @param columns what stands before UNPIVOT has */
export function unpivotQuery(context: Context, of: From, by: Unpivot, columns: readonly Column[]): Query {
  const { at } = by
  const turned = new Set(by.sets.flatMap((set) => set.columns).map((name) => name.toLowerCase()))
  const missing = [...turned].find((name) => !columns.some((column) => column.name.toLowerCase() === name))
  if (missing !== undefined) return context.fail(`Unrecognized name: ${missing}`, at)
  const path = (name: string): Expression => ({ kind: 'path', names: [name], at })
  const rest = columns
    .filter(({ name }) => !turned.has(name.toLowerCase()))
    .map(({ name }): SelectItem => ({ kind: 'item', of: path(name), alias: undefined, at }))
  const parts = by.sets.map((set): Select => {
    if (set.columns.length !== by.values.length)
      return context.fail('UNPIVOT: each set has as many columns as there are names for their values', at)
    const values = set.columns.map((name, index): SelectItem => ({
      kind: 'item',
      of: path(name),
      alias: by.values[index]!,
      at,
    }))
    const label: Expression = set.label ?? {
      kind: 'literal',
      type: 'STRING',
      text: set.columns.join('_'),
      at,
    }
    const items = [...rest, ...values, { kind: 'item' as const, of: label, alias: by.name, at }]
    return select(items, of, by.withNulls ? undefined : notNull(set.columns.map(path)), [], at)
  })
  const [first, ...others] = parts
  return queryOf(
    others.reduce<Query['body']>(
      (left, right) => ({ kind: 'set', operator: 'UNION', all: true, left, right, at }),
      first!,
    ),
  )
}

/** One of them is not NULL. */
function notNull(values: readonly Expression[]): Expression {
  const tests = values.map((of): Expression => ({ kind: 'is', of, what: 'NULL', not: true, at: of.at }))
  return tests.reduce((left, right) => ({ kind: 'binary', operator: 'OR', left, right, at: left.at }))
}

function select(
  items: readonly SelectItem[],
  from: From,
  where: Expression | undefined,
  groupBy: readonly Expression[],
  at: number,
): Select {
  const none = {
    having: undefined,
    qualify: undefined,
    windows: [],
    groupingSets: undefined,
    groupAll: false,
    distinct: false,
    as: undefined,
  }
  return { kind: 'select', ...none, items, from, where, groupBy, at }
}

function queryOf(body: Query['body']): Query {
  const at = body.kind === 'query' ? body.query.at : body.at
  return { recursive: false, with: [], body, orderBy: [], limit: undefined, offset: undefined, at }
}

function nameOf(of: From): string | undefined {
  if (of.kind === 'table') return (of.alias ?? of.path.at(-1)!).toLowerCase()
  return of.kind === 'query' || of.kind === 'unnest' ? of.alias?.toLowerCase() : undefined
}

/** The columns that an expression names, in lower case. @param table what their table is called */
function holdsQuery(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  return (node as { kind?: string }).kind === 'subquery' || Object.values(node).some(holdsQuery)
}

function namesIn(node: unknown, table: string | undefined): string[] {
  if (typeof node !== 'object' || node === null) return []
  if (Array.isArray(node)) return node.flatMap((one) => namesIn(one, table))
  const { kind, names } = node as { kind?: string; names?: readonly string[] }
  if (kind !== 'path' || !names) return Object.values(node).flatMap((one) => namesIn(one, table))
  const [first, second] = names.map((name) => name.toLowerCase())
  return [first === table && second !== undefined ? second : first!]
}

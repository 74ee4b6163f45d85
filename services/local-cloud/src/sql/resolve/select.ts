import { notImplemented } from '../../bigquery/errors.ts'
import { quote } from '../../bigquery/values/fields.ts'
import type { Expression, OrderItem, Select, SelectItem } from '../tree/tree.ts'
import { AGGREGATES } from '../functions/aggregates.ts'
import { conditionOf } from './conditions.ts'
import { fieldsOf, pathOf } from './names.ts'
import { orderKeys } from './order.ts'
import { keptSources } from './kept-sources.ts'
import { oneRow } from './outer-aggregate.ts'
import { NOTHING, type Column, type Context, type OutputColumn, type Resolved, type Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { anonymous, ungroupable, spelling, structOf } from '../typing/sql-type.ts'
import { namedWindows } from './windows.ts'

interface Output {
  readonly name: string | undefined
  readonly value: Typed
}

/** SELECT, and what an ORDER BY behind it may name. */
export interface ResolvedSelect extends Resolved {
  readonly orderScope: Scope
}

export function selectOf(context: Context, node: Select, outer: Scope | undefined): ResolvedSelect {
  const from = node.from
    ? context.from(node.from, outer && { ...NOTHING, outer })
    : withoutFrom(context, node, outer)
  const windows = namedWindows(context, node.windows, node.at)
  const scope: Scope = { ...from.scope, windows }
  const where =
    node.where && conditionOf(context, node.where, { ...scope, noAggregates: 'WHERE clause' }, 'WHERE clause')
  const outputs = node.items.flatMap((item) => outputsOf(context, item, scope, node.from !== undefined))
  const aliases = aliasesOf(outputs)
  const groups = groupsOf(context, node, scope, outputs, aliases)
  const behind: Scope = { ...scope, aliases }
  const having = node.having && conditionOf(context, node.having, behind, 'HAVING clause')
  if (node.qualify && !holdsWindow([node.items, node.qualify]))
    return context.fail(
      'The QUALIFY clause requires analytic function to be present in the SELECT list or QUALIFY clause',
      node.qualify.at,
    )
  const qualify = node.qualify && conditionOf(context, node.qualify, behind, 'QUALIFY clause')
  const { list, columns } = listOf(node, outputs)
  const unlike = node.distinct ? columns.find(({ type }) => ungroupable(type)) : undefined
  if (unlike)
    return context.fail(
      `Column ${unlike.name} of type ${spelling(unlike.type)} cannot be used in SELECT DISTINCT`,
      node.items[0]!.at,
    )
  const kept = node.gives ? keptSources(scope, outputs, node.distinct) : undefined
  const sql = [
    `SELECT ${node.distinct ? 'DISTINCT ' : ''}${[list, ...(kept?.list ?? [])].join(', ')}`,
    from.sql && `FROM ${from.sql}`,
    where && `WHERE ${where}`,
    groups,
    having && `HAVING ${having}`,
    qualify && `QUALIFY ${qualify}`,
  ]
  return {
    sql: sql.filter(Boolean).join(' '),
    columns,
    isValue: node.as !== undefined,
    ...(kept && { kept: kept.sources }),
    orderScope: node.distinct ? outputScope(columns, outer) : behind,
  }
}

function withoutFrom(context: Context, node: Select, outer: Scope | undefined) {
  const { sql = '', local } = oneRow(context, node, outer) ?? {}
  return { sql, scope: { ...NOTHING, outer, ...(local !== undefined && { local }) } }
}

/** What ORDER BY may name behind a set operation or DISTINCT: the columns that come out. */
export function outputScope(columns: readonly OutputColumn[], outer: Scope | undefined): Scope {
  return {
    sources: [],
    columns: columns.map(({ name, sqlName, type }) => ({ name, sql: quote(sqlName), type })),
    outer,
  }
}

function listOf(node: Select, outputs: readonly Output[]): { list: string; columns: OutputColumn[] } {
  if (node.as === 'STRUCT') {
    // a column without a name is a field without one (query syntax: SELECT AS STRUCT)
    const named = outputs.map(({ name, value }, index) => ({ name: name ?? anonymous(index), ...value }))
    const type = { kind: 'STRUCT', fields: named.map(({ name, type: of }) => ({ name, type: of })) }
    const fields = named.map(({ name, sql }) => ({ name, sql }))
    return { list: `${structOf(fields)} AS "value"`, columns: [{ name: 'value', sqlName: 'value', type }] }
  }
  const named = columnsOf(outputs)
  const list = named
    .map(({ sqlName }, index) => `${outputs[index]!.value.sql} AS ${quote(sqlName)}`)
    .join(', ')
  return { list, columns: named }
}

/** Columns without a name are called f0_, f1_, …; DuckDB gets a name once only. */
function columnsOf(outputs: readonly Output[]): OutputColumn[] {
  let unnamed = 0
  const seen = new Map<string, number>()
  return outputs.map(({ name, value }) => {
    const shown = name ?? `f${unnamed++}_`
    const count = seen.get(shown.toLowerCase()) ?? 0
    seen.set(shown.toLowerCase(), count + 1)
    return { name: shown, sqlName: count === 0 ? shown : `${shown}!${count}`, type: value.type }
  })
}

function outputsOf(context: Context, item: SelectItem, scope: Scope, hasFrom: boolean): Output[] {
  if (item.kind === 'item') {
    const value = context.expression(item.of, scope)
    return [{ name: item.alias ?? nameOf(item.of), value }]
  }
  if (!item.of && !hasFrom) return context.fail('SELECT * must have a FROM clause', item.at)
  const columns = item.of ? columnsOfPath(context, item.of, scope) : scope.columns
  const lower = (name: string) => name.toLowerCase()
  const { rename = [] } = item
  for (const name of [...item.except, ...[...item.replace, ...rename].map((each) => each.name)])
    if (!columns.some((column) => lower(column.name) === lower(name)))
      return context.fail(`Column ${name} in SELECT * EXCEPT or REPLACE list does not exist`, item.at)
  for (const names of [item.except, item.replace.map(({ name }) => name)]) {
    const twice = names.find((name, index) =>
      names.slice(0, index).some((other) => lower(other) === lower(name)),
    )
    if (twice !== undefined)
      return context.fail(`Duplicate column ${twice} in SELECT * EXCEPT or REPLACE list`, item.at)
  }
  const except = new Set(item.except.map(lower))
  const left = columns.filter(({ name, isHidden }) => isHidden !== true && !except.has(lower(name)))
  if (left.length === 0 && except.size > 0)
    return context.fail('SELECT * expands to zero columns after applying EXCEPT', item.at)
  return left.map((column) => {
    const other = item.replace.find(({ name }) => lower(name) === lower(column.name))
    return {
      name: rename.find(({ name }) => lower(name) === lower(column.name))?.to ?? column.name,
      value: other ? context.expression(other.of, scope) : { sql: column.sql, type: column.type },
    }
  })
}

/** Whether a function over a window is in it, queries inside of it left out. */
function holdsWindow(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(holdsWindow)
  const { kind, over } = node as { kind?: string; over?: unknown }
  if (kind === 'subquery') return false
  return (kind === 'call' && over !== undefined) || Object.values(node).some(holdsWindow)
}

/** `t.*`, `t.record.*`, `STRUCT(…).*` */
function columnsOfPath(context: Context, of: Expression, scope: Scope): readonly Column[] {
  const names = of.kind === 'path' ? of.names : []
  for (let place: Scope | undefined = scope; place && names.length === 1; place = place.outer) {
    const source = place.sources.find(({ name }) => name?.toLowerCase() === names[0]!.toLowerCase())
    if (source) return source.columns
  }
  const value = of.kind === 'path' ? pathOf(context, of, scope) : context.expression(of, scope)
  if (value.type.kind !== 'STRUCT')
    return context.fail(`Dot-star is not supported for type ${spelling(value.type)}`, of.at)
  return value.type.fields!.map(({ name }) => ({ name, ...fieldsOf(context, value, [name], of.at) }))
}

function nameOf(node: Expression): string | undefined {
  if (node.kind === 'path') return node.names.at(-1)
  return node.kind === 'field' ? node.name : undefined
}

function aliasesOf(outputs: readonly Output[]): ReadonlyMap<string, Typed> {
  return new Map(
    outputs.flatMap(({ name, value }) => (name === undefined ? [] : [[name.toLowerCase(), value]])),
  )
}

function groupsOf(
  context: Context,
  node: Select,
  scope: Scope,
  outputs: readonly Output[],
  aliases: ReadonlyMap<string, Typed>,
): string | undefined {
  const groups = node.groupAll ? plainItems(context, node) : node.groupBy
  // by nothing: all rows are one
  if (groups.length === 0 && (node.groupAll || node.groupingSets?.length === 1)) return 'GROUP BY ()'
  if (groups.length === 0 && !node.groupingSets) return undefined
  const items = groups.map((item) => {
    const value =
      (node.groupAll ? undefined : ordinalOf(context, item, outputs, 'GROUP BY')) ??
      context.expression(item, {
        ...scope,
        aliases: node.groupAll ? new Map<string, Typed>() : aliases,
        noAggregates: 'GROUP BY',
      })
    if (ungroupable(value.type))
      return context.fail(`Grouping by expressions of type ${value.type.kind} is not allowed`, item.at)
    return value.sql
  })
  const isMadeOf = (a: string, b: string) => a !== b && b.includes(a)
  if (node.groupingSets && items.some((item) => items.some((other) => isMadeOf(item, other))))
    throw notImplemented('grouping sets of an expression beside what it is made of')
  const sets = node.groupingSets?.map((set) => `(${set.map((place) => items[place]!).join(', ')})`)
  return sets ? `GROUP BY GROUPING SETS (${sets.join(', ')})` : `GROUP BY ${items.join(', ')}`
}

/** What SELECT gives without an aggregate or analytic function. */
function plainItems(context: Context, node: Select): Expression[] {
  return node.items.flatMap((item) => {
    if (item.kind === 'stars') return context.fail('local-cloud takes no * beside GROUP BY ALL', item.at)
    return aggregates(item.of) || item.of.kind === 'literal' ? [] : [item.of]
  })
}

/** Whether an expression holds an aggregate or analytic function, queries inside of it left out. */
function aggregates(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(aggregates)
  const { kind, name, over } = node as { kind?: string; name?: string; over?: unknown }
  if (kind === 'subquery') return false
  if (kind === 'call' && (over !== undefined || name === 'GROUPING' || AGGREGATES[name!])) return true
  return Object.values(node).some(aggregates)
}

function ordinalOf(
  context: Context,
  item: Expression,
  outputs: readonly Output[],
  clause: string,
): Typed | undefined {
  if (item.kind !== 'literal' || item.type !== 'INT64') return undefined
  return (
    outputs[Number(item.text) - 1]?.value ??
    context.fail(`${clause} is out of SELECT column number range: ${item.text}`, item.at)
  )
}

/** ORDER BY of a query. */
export function orderOf(
  context: Context,
  items: readonly OrderItem[],
  scope: Scope,
  columns: readonly OutputColumn[],
): string {
  const list = items.flatMap(({ of, descending, nulls }) => {
    const isOrdinal = of.kind === 'literal' && of.type === 'INT64'
    const column = isOrdinal ? columns[Number(of.text) - 1] : undefined
    if (isOrdinal && !column)
      return context.fail(`ORDER BY is out of SELECT column number range: ${of.text}`, of.at)
    const value = column ? { sql: quote(column.sqlName), type: column.type } : context.expression(of, scope)
    if (['JSON', 'ARRAY', 'STRUCT', 'GEOGRAPHY'].includes(value.type.kind))
      return context.fail(`ORDER BY does not support expressions of type ${spelling(value.type)}`, of.at)
    return orderKeys(value, { descending, nulls })
  })
  return `ORDER BY ${list.join(', ')}`
}

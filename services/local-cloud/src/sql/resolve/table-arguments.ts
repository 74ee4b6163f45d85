import type { Expression, From, TableArgument } from '../tree/tree.ts'
import type { Column, Context, Scope } from './scope.ts'
import { NOTHING } from './scope.ts'

type TableCall = From & { readonly kind: 'function' }

/** What a function of BigQuery's own that gives a table was called with. */
export interface TableArguments {
  /** The rows that it takes: SQL behind FROM, and their columns. */
  readonly rows: { readonly sql: string; readonly columns: readonly Column[] }
  /** The others by their names, in upper case. */
  readonly others: ReadonlyMap<string, Expression>
}

/**
 * @param names of what stands behind the table, in their order @param least so many of them must be there
 * @throws BigQueryError invalidQuery for what is missing, unknown or there twice
 */
export function tableArguments(
  context: Context,
  { path, args, at }: TableCall,
  outer: Scope | undefined,
  names: readonly string[],
  least: number,
): TableArguments {
  const called = path.join('.').toUpperCase()
  const [first, ...rest] = args
  if (!first?.table)
    return context.fail(`${called} takes TABLE and a name, or a query in brackets, first`, at)
  const others = new Map<string, Expression>()
  for (const [index, arg] of rest.entries()) {
    const name = arg.name ?? names[index]
    if (name === undefined || !names.includes(name) || !arg.of || others.has(name))
      return context.fail(`${called} takes no such argument: ${nameOf(arg, index)}`, arg.at)
    others.set(name, arg.of)
  }
  const missing = names.slice(0, least).find((name) => !others.has(name))
  if (missing !== undefined) return context.fail(`${called} lacks its argument ${missing.toLowerCase()}`, at)
  const { sql, scope } = context.from(first.table, outer && { ...NOTHING, outer: outer.outer })
  return { rows: { sql, columns: scope.columns.filter(({ isHidden }) => isHidden !== true) }, others }
}

const nameOf = ({ name, table }: TableArgument, index: number): string =>
  table ? 'a second table' : (name?.toLowerCase() ?? `argument ${index + 2}`)

/** @throws BigQueryError invalidQuery for anything but a STRING that is written there */
export function textOf(context: Context, node: Expression): string {
  const { type, literal } = context.expression(node, NOTHING)
  return type.kind === 'STRING' && literal?.text !== undefined
    ? literal.text
    : context.fail('The name of a column must be a STRING literal here', node.at)
}

/** `['a', 'b']` @throws BigQueryError invalidQuery */
export function textsOf(context: Context, node: Expression | undefined): readonly string[] {
  return itemsOf(context, node).map((item) => textOf(context, item))
}

/** What an array literal holds; nothing where none is said. @throws BigQueryError invalidQuery */
export function itemsOf(context: Context, node: Expression | undefined): readonly Expression[] {
  if (!node) return []
  return node.kind === 'array' ? node.items : context.fail('An ARRAY literal is expected here', node.at)
}

/** @throws BigQueryError invalidQuery where there is none of this name */
export function columnOf(context: Context, columns: readonly Column[], name: string, at: number): Column {
  const lower = name.toLowerCase()
  return (
    columns.find((column) => column.name.toLowerCase() === lower) ??
    context.fail(`Column not found in the table: ${name}`, at)
  )
}

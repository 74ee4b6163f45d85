import { AGGREGATES } from '../functions/aggregates.ts'
import type { Expression, Select } from '../tree/tree.ts'
import type { Typed } from '../typing/typed.ts'
import type { Context, Scope } from './scope.ts'

// An aggregate belongs to the query in which it stands. One whose arguments are columns of a query around it would DuckDB reckon over the
// rows of that one: a column of its own query is put beside them.

/** What FROM of a query with aggregates that reads nothing is, inside of another one. */
export function oneRow(context: Context, { from, items, having }: Select, outer: Scope | undefined) {
  if (from || !outer || !holdsAggregate([items, having])) return undefined
  const alias = context.unique()
  return { sql: `(SELECT TRUE AS here) AS ${alias}`, local: `${alias}.here` }
}

function holdsAggregate(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(holdsAggregate)
  const { kind, name } = node as { kind?: string; name?: string }
  if (kind === 'subquery') return false
  return (
    (kind === 'call' && name !== undefined && name in AGGREGATES) || Object.values(node).some(holdsAggregate)
  )
}

/** The arguments of an aggregate, so that DuckDB takes them for those of this query. */
export function withOwnRow(
  args: readonly Typed[],
  nodes: readonly Expression[],
  scope: Scope,
): readonly Typed[] {
  const [first, ...rest] = args
  const local = scope.local ?? (scope.columns[0] && `((${scope.columns[0].sql}) IS NULL) IS NOT NULL`)
  if (!first || local === undefined || !scope.outer) return args
  const names = nodes.flatMap(namesIn).map((name) => name.toLowerCase())
  const isIn = (name: string, { sources, columns, aliases }: Scope): boolean =>
    sources.some((source) => source.name?.toLowerCase() === name) ||
    columns.some((column) => column.name.toLowerCase() === name) ||
    aliases?.has(name) === true
  const isOutside = (name: string): boolean => {
    for (let place = scope.outer; place; place = place.outer) if (isIn(name, place)) return true
    return false
  }
  if (names.some((name) => isIn(name, scope)) || !names.some(isOutside)) return args
  return [{ ...first, sql: `(CASE WHEN ${local} THEN ${first.sql} END)` }, ...rest]
}

/** The first names of paths. */
function namesIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  const { kind, names } = node as { kind?: string; names?: readonly string[] }
  return kind === 'path' ? [names![0]!] : Object.values(node).flatMap(namesIn)
}

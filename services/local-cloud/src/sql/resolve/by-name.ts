import { quote } from '../../bigquery/values/fields.ts'
import type { ByName } from '../tree/tree.ts'
import type { Context, OutputColumn, Resolved } from './scope.ts'
import { duckDb } from '../typing/sql-type.ts'

/**
 * Both sides of a set operation with the same columns in one order (query syntax, BY NAME or CORRESPONDING): what one of them does not
 * have is NULL there.
 *
 * @throws BigQueryError invalidQuery where columns are missing, come twice, or are none
 */
export function matchedByName(
  context: Context,
  { mode, columns }: ByName,
  [left, right]: readonly [Resolved, Resolved],
  at: number,
): readonly [Resolved, Resolved] {
  const sides = [namesOf(context, left, at), namesOf(context, right, at)] as const
  const [ofLeft, ofRight] = sides
  const own = [...left.columns, ...right.columns.filter(({ name }) => !ofLeft.has(lower(name)))].map(
    ({ name }) => name,
  )
  const isIn: Readonly<Record<ByName['mode'], (name: string) => boolean>> = {
    STRICT: (name) => ofLeft.has(name) && ofRight.has(name),
    INNER: (name) => ofLeft.has(name) && ofRight.has(name),
    FULL: (name) => ofLeft.has(name) || ofRight.has(name),
    LEFT: (name) => ofLeft.has(name),
  }
  const wanted = columns ?? (mode === 'STRICT' ? own : own.filter((name) => isIn[mode](lower(name))))
  const missing = wanted.find((name) => !isIn[mode](lower(name)))
  if (missing !== undefined)
    return context.fail(`Column ${missing} of a set operation BY NAME is not in all of its queries`, at)
  if (mode !== 'FULL' && !wanted.some((name) => ofLeft.has(lower(name)) && ofRight.has(lower(name))))
    return context.fail('The queries of a set operation BY NAME have no column in common', at)
  return [arranged(left, wanted, sides[0], sides[1]), arranged(right, wanted, sides[1], sides[0])]
}

const lower = (name: string): string => name.toLowerCase()

function namesOf(
  context: Context,
  { columns, isValue }: Resolved,
  at: number,
): ReadonlyMap<string, OutputColumn> {
  if (isValue) return context.fail('A set operation BY NAME takes no query of SELECT AS', at)
  const names = new Map(columns.map((column) => [lower(column.name), column]))
  if (names.size < columns.length)
    return context.fail('A query of a set operation BY NAME has two columns of one name', at)
  return names
}

function arranged(
  { sql, isValue }: Resolved,
  wanted: readonly string[],
  own: ReadonlyMap<string, OutputColumn>,
  other: ReadonlyMap<string, OutputColumn>,
): Resolved {
  const list = wanted.map((name) => {
    const column = own.get(lower(name))
    const { type } = column ?? other.get(lower(name))!
    const value = column ? `part.${quote(column.sqlName)}` : `CAST(NULL AS ${duckDb(type)})`
    return { sql: `${value} AS ${quote(name)}`, column: { name, sqlName: name, type } }
  })
  return {
    sql: `SELECT ${list.map((each) => each.sql).join(', ')} FROM (${sql}) AS part`,
    columns: list.map(({ column }) => column),
    isValue,
  }
}

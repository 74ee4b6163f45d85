import { quoteText } from '../../bigquery/values/fields.ts'
import type { Path } from '../tree/tree.ts'
import type { Column, Context, Scope, Source } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { spelling, storedValue, structOf } from '../typing/sql-type.ts'

/** What `a.b.c` means. @throws BigQueryError invalidQuery for a name that is not there, or there twice */
export function pathOf(context: Context, { names, at }: Path, scope: Scope): Typed {
  const [first, ...rest] = names as [string, ...string[]]
  const found = lookUp(context, first, rest, scope, at)
  const variable = found ? undefined : context.parameters.script?.variables.get(first.toLowerCase())
  if (variable) return fieldsOf(context, variable, rest, at)
  return found ?? context.fail(`Unrecognized name: ${names.join('.')}`, at)
}

/** The same, undefined where the first name means nothing. */
export function lookUp(
  context: Context,
  first: string,
  rest: readonly string[],
  scope: Scope,
  at: number,
): Typed | undefined {
  const lower = first.toLowerCase()
  for (let place: Scope | undefined = scope; place; place = place.outer) {
    const source = place.sources.find(({ name }) => name?.toLowerCase() === lower)
    const alias = source && rest.length > 0 ? undefined : place.aliases?.get(lower)
    if (alias) return fieldsOf(context, alias, rest, at)
    const columns = place.columns.filter(({ name }) => name.toLowerCase() === lower)
    if (source && rest.length > 0) return ofSource(context, source, rest, at)
    if (columns.length > 1) return context.fail(`Column name ${first} is ambiguous`, at)
    if (columns[0]) return fieldsOf(context, columns[0], rest, at)
    if (source) return rowOf(source)
  }
  return undefined
}

function ofSource(context: Context, source: Source, [name, ...rest]: readonly string[], at: number): Typed {
  const columns = source.columns.filter((column) => column.name.toLowerCase() === name!.toLowerCase())
  if (columns.length > 1) return context.fail(`Column name ${name} is ambiguous`, at)
  if (columns[0]) return fieldsOf(context, columns[0], rest, at)
  if (source.value) return fieldsOf(context, source.value, [name!, ...rest], at)
  return context.fail(`Name ${name} not found inside ${source.name}`, at)
}

/** A row as a value. */
function rowOf({ columns: all, value }: Source): Typed {
  if (value) return value
  const columns = all.filter(({ isHidden }) => isHidden !== true)
  return {
    sql: structOf(columns),
    type: { kind: 'STRUCT', fields: columns.map(({ name, type }) => ({ name, type })) },
  }
}

/** `value.a.b` */
export function fieldsOf(
  context: Context,
  value: Typed & Pick<Column, 'stored'>,
  names: readonly string[],
  at: number,
): Typed {
  if (names.length === 0) return value
  let { type } = value
  let sql = value.stored ?? value.sql
  let around = sql
  for (const name of names) {
    if (type.kind === 'JSON') {
      sql = `json_extract(${sql}, ${quoteText(`$."${name.replaceAll('"', '\\"')}"`)})`
      continue
    }
    if (type.kind !== 'STRUCT')
      return context.fail(`Cannot access field ${name} on a value with type ${spelling(type)}`, at)
    const fields = type.fields!.filter((each) => each.name.toLowerCase() === name.toLowerCase())
    if (fields.length !== 1)
      return context.fail(
        fields.length === 0
          ? `Field name ${name} does not exist in ${spelling(type)}`
          : `Struct field name ${name} is ambiguous`,
        at,
      )
    around = sql
    sql = `struct_extract(${sql}, ${quoteText(fields[0]!.name)})`
    type = fields[0]!.type
  }
  if (value.stored === undefined) return { sql, type }
  const whole = storedValue(sql, type)
  // of a STRUCT that is NULL
  const isEmpty = whole !== sql && type.kind === 'ARRAY'
  return { sql: isEmpty ? `(CASE WHEN ${around} IS NULL THEN NULL ELSE ${whole} END)` : whole, type }
}

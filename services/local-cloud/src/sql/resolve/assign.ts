import { notImplemented } from '../../bigquery/errors.ts'
import { quote, quoteText, type Field } from '../../bigquery/fields.ts'
import { fail } from '../duck/fail.ts'
import { once } from '../duck/once.ts'
import type { Assignment } from '../tree/tree.ts'
import { coerce, distance } from './coerce.ts'
import type { Context, Resolved, Scope, Typed } from './scope.ts'
import { duckDb, spelling, typeOfField, type SqlType } from './sql-type.ts'

/** The table that a statement changes. */
export interface TargetTable {
  /** DuckDB's name for it. */
  readonly sql: string
  readonly name: string
  readonly fields: readonly Field[]
}

/** SQL that changes a table. */
export interface Change {
  readonly sql: string
  /** SQL that gives a row where a row of the target has several of the source: BigQuery takes none of them. */
  readonly ambiguous?: string
}

/** `a = 1, b = DEFAULT` */
export function assignmentsOf(
  context: Context,
  sets: readonly Assignment[],
  table: TargetTable,
  scope: Scope,
): string {
  const twice = sets.find(({ path }, index) =>
    sets.slice(0, index).some((other) => other.path.names[0]!.toLowerCase() === path.names[0]!.toLowerCase()),
  )
  if (twice)
    return context.fail(`Update item ${twice.path.names.join('.')} assigned more than once`, twice.path.at)
  const made = sets.map(({ path, to }) => {
    if (path.names.length > 1) throw notImplemented('UPDATE of a field of a STRUCT')
    const field = fieldNamed(context, table, path.names[0]!, path.at)
    const value = to
      ? assigned(context, context.expression(to, scope), field, path.at)
      : defaultFor(context, field, path.at)
    return `${quote(field.name)} = ${value}`
  })
  return made.join(', ')
}

/** The columns that an INSERT fills. @throws BigQueryError for one that is not there, or must be */
export function insertedFields(
  context: Context,
  columns: readonly string[] | undefined,
  table: TargetTable,
  at: number,
): readonly Field[] {
  const fields = columns?.map((name) => fieldNamed(context, table, name, at)) ?? table.fields
  const missing = table.fields.find(
    (field) => field.mode === 'REQUIRED' && !hasDefault(field) && !fields.includes(field),
  )
  return missing ? context.fail(`Required field ${missing.name} cannot be null`, at) : fields
}

/** The rows of a query as those of a table with these columns. */
export function rowsFor(context: Context, { sql, columns }: Resolved, fields: readonly Field[]): Resolved {
  if (columns.length !== fields.length)
    return context.fail(`The query has ${columns.length} columns, the table has ${fields.length}`, 0)
  const values = columns.map(({ sqlName, type }, index) => {
    const field = fields[index]!
    return `${assigned(context, { sql: `part.${quote(sqlName)}`, type }, field, 0)} AS ${quote(field.name)}`
  })
  return {
    sql: `SELECT ${values.join(', ')} FROM (${sql}) AS part`,
    columns: fields.map((field) => ({ name: field.name, sqlName: field.name, type: typeOfField(field) })),
    isValue: false,
  }
}

const hasDefault = ({ defaultValueExpression = 'NULL' }: Field): boolean =>
  !/^\s*NULL\s*$/i.test(defaultValueExpression)

export function defaultFor(context: Context, field: Field, at: number): string {
  return field.mode === 'REQUIRED' && !hasDefault(field)
    ? context.fail(`Required field ${field.name} cannot be null`, at)
    : 'DEFAULT'
}

function fieldNamed(context: Context, table: TargetTable, name: string, at: number): Field {
  return (
    table.fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) ??
    context.fail(`Column ${name} is not present in table ${table.name}`, at)
  )
}

/** A value for a column. @throws BigQueryError where the types do not fit */
export function assigned(context: Context, value: Typed, field: Field, at: number): string {
  const type = typeOfField(field)
  if (distance(value, type) === undefined)
    return context.fail(
      `Value has type ${spelling(value.type)} which cannot be inserted into column ${field.name}, which has type ${spelling(type)}`,
      at,
    )
  const { sql: made } = coerce(value, type)
  const sql = withoutNulls(made, type, field.name)
  if (field.mode !== 'REQUIRED') return sql
  return `coalesce(${sql}, ${fail(quoteText(`Required field ${field.name} cannot be null`), duckDb(type))})`
}

/** A value whose arrays have no NULL in them: no table takes one. */
function withoutNulls(sql: string, type: SqlType, name: string): string {
  if (!hasArray(type)) return sql
  const error = fail(
    quoteText(`Array cannot have a null element; error in writing field ${name}`),
    duckDb(type),
  )
  return once(sql, (value) => `(CASE WHEN ${nullInside(value, type)} THEN ${error} ELSE ${value} END)`)
}

export const hasArray = ({ kind, fields = [] }: SqlType): boolean =>
  kind === 'ARRAY' || fields.some((field) => hasArray(field.type))

/** SQL of whether an array in it has a NULL. */
function nullInside(sql: string, { kind, element, fields = [] }: SqlType, depth = 0): string {
  if (kind === 'ARRAY') {
    const item = `item_${depth}`
    const inner = hasArray(element!)
      ? ` OR len(list_filter(${sql}, lambda ${item}: ${nullInside(item, element!, depth + 1)})) > 0`
      : ''
    return `(coalesce(list_count(${sql}) < len(${sql}), FALSE)${inner})`
  }
  const parts = fields.flatMap((field) =>
    hasArray(field.type)
      ? [nullInside(`struct_extract(${sql}, ${quoteText(field.name)})`, field.type, depth)]
      : [],
  )
  return `coalesce(${parts.join(' OR ')}, FALSE)`
}

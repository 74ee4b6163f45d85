import { quote, quoteText, type Field } from '../../bigquery/values/fields.ts'
import { fail } from '../fail.ts'
import { once } from '../once.ts'
import type { Assignment } from '../tree/tree.ts'
import { coerce, distance } from '../typing/coerce.ts'
import type { Context, OutputColumn, Resolved, Scope, Source } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { duckDb, spelling, structOf, typeOfField, type SqlType } from '../typing/sql-type.ts'

/** The table that a statement changes. */
export interface TargetTable {
  /** DuckDB's name for it. */
  readonly sql: string
  readonly name: string
  readonly fields: readonly Field[]
  /** What may be set, and is no column of its: the partition of a row, where the table is partitioned by ingestion time. */
  readonly hidden: readonly HiddenField[]
}

export interface HiddenField extends Field {
  /** What of it may be named, as a table that is read has it. */
  readonly columns: readonly OutputColumn[]
  /** Values begin such a part of time. */
  readonly unit: string
}

/** SQL that changes a table. */
export interface Change {
  readonly sql: string
  /** SQL that gives a row where a row of the target has several of the source: BigQuery takes none of them. */
  readonly ambiguous?: string
  /** SQL of DuckDB's ids of the rows that it changes or deletes; absent where it only adds some. */
  readonly touched?: string
}

/** `a = 1, b = DEFAULT` */
export function assignmentsOf(
  context: Context,
  sets: readonly Assignment[],
  table: TargetTable,
  scope: Scope,
): string {
  const [target] = scope.sources
  const items = sets.map((set) => itemOf(set, table, target!))
  const overlaps = (a: SetItem, b: SetItem): boolean =>
    a.names.slice(0, b.names.length).every((name, index) => sameName(name, b.names[index]!))
  const twice = items.find((item, index) => items.slice(0, index).some((other) => overlaps(item, other)))
  if (twice) return context.fail(`Update item ${twice.names.join('.')} assigned more than once`, twice.at)
  const tops = items.filter(
    ({ names }, index) => items.findIndex((other) => sameName(other.names[0]!, names[0]!)) === index,
  )
  const made = tops.map(({ names: [top], at }) => {
    const field = fieldNamed(context, table, top!, at)
    const own = items.filter(({ names }) => sameName(names[0]!, top!))
    const column = target!.columns.find(({ name }) => sameName(name, top!))!
    return `${quote(field.name)} = ${setValue(context, field, column.sql, own, scope)}`
  })
  return made.join(', ')
}

/** `a.b.c = value`, without the name of the table. */
interface SetItem {
  readonly names: readonly string[]
  readonly to: Assignment['to']
  readonly at: number
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function itemOf(
  { path: { names, at }, to }: Assignment,
  { fields, hidden }: TargetTable,
  target: Source,
): SetItem {
  const [first, ...rest] = names
  const isColumn = [...fields, ...hidden].some(({ name }) => sameName(name, first!))
  const isTable = !isColumn && rest.length > 0 && target.name !== undefined && sameName(target.name, first!)
  return { names: isTable ? rest : names, to, at }
}

/** What a column, or a field inside of it, becomes. @param sql what it is @param items whose first name is that of the field */
function setValue(
  context: Context,
  field: Field,
  sql: string,
  items: readonly SetItem[],
  scope: Scope,
  depth = 1,
): string {
  const [{ names, to, at }] = items as readonly [SetItem]
  if (names.length === depth) {
    if (to) return assigned(context, context.expression(to, scope), field, at)
    return depth === 1 ? defaultFor(context, field, at) : context.fail('DEFAULT is not for a field', at)
  }
  if (!field.fields || field.mode === 'REPEATED')
    return context.fail(
      `Cannot access field ${names[depth]} on a value with type ${spelling(typeOfField(field))}`,
      at,
    )
  const inner = field.fields
  const missing = items.find((item) => !inner.some(({ name }) => sameName(name, item.names[depth]!)))
  if (missing)
    return context.fail(
      `Field name ${missing.names[depth]} does not exist in ${spelling(typeOfField(field))}`,
      missing.at,
    )
  const fields = inner.map((one) => {
    const inside = `struct_extract(${sql}, ${quoteText(one.name)})`
    const own = items.filter((item) => sameName(item.names[depth]!, one.name))
    const value = own.length > 0 ? setValue(context, one, inside, own, scope, depth + 1) : inside
    return { name: one.name, sql: value }
  })
  const error = fail(quoteText(`Cannot set a field of NULL: ${field.name}`), duckDb(typeOfField(field)))
  return `(CASE WHEN ${sql} IS NULL THEN ${error} ELSE ${structOf(fields)} END)`
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
    [...table.fields, ...table.hidden].find((field) => field.name.toLowerCase() === name.toLowerCase()) ??
    context.fail(`Column ${name} is not present in table ${table.name}`, at)
  )
}

/** A value for a column. @throws BigQueryError where the types do not fit */
export function assigned(context: Context, value: Typed, field: Field | HiddenField, at: number): string {
  const type = typeOfField(field)
  if (distance(value, type) === undefined)
    return context.fail(
      `Value has type ${spelling(value.type)} which cannot be inserted into column ${field.name}, which has type ${spelling(type)}`,
      at,
    )
  const { sql: made } = rounded(coerce(value, type), field)
  const sql = 'unit' in field ? begun(made, field) : withoutNulls(made, type, field.name)
  if (field.mode !== 'REQUIRED') return sql
  return `coalesce(${sql}, ${fail(quoteText(`Required field ${field.name} cannot be null`), duckDb(type))})`
}

/** A NUMERIC of fewer digits behind the point is rounded half away from zero (data types: parameterized data types). */
function rounded(value: Typed, { type, mode, precision, scale, roundingMode = '' }: Field): Typed {
  const isRounded = type === 'NUMERIC' && mode !== 'REPEATED' && precision !== undefined
  if (!isRounded || roundingMode === 'ROUND_HALF_EVEN') return value
  return { ...value, sql: `CAST(round(${value.sql}, ${Number(scale ?? 0)}) AS DECIMAL(38,9))` }
}

/** A time at which a partition begins. */
function begun(sql: string, { name, unit }: HiddenField): string {
  const error = fail(quoteText(`${name} must be the beginning of a partition by ${unit}`), 'TIMESTAMPTZ')
  return once(
    sql,
    (value) =>
      `(CASE WHEN ${value} <> date_trunc('${unit.toLowerCase()}', ${value}) THEN ${error} ELSE ${value} END)`,
  )
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

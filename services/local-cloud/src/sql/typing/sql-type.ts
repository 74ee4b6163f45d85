import { BIG_NUMERIC } from '../../bigquery/values/big-numeric.ts'
import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { quote, quoteText, type Field } from '../../bigquery/values/fields.ts'
import { isPicos } from '../../bigquery/values/type-parameters.ts'
import type { TypeName } from '../tree/tree.ts'

/** A GoogleSQL type. */
export interface SqlType {
  /** INT64, STRING, …, ARRAY, STRUCT; NULL for a NULL whose type nothing says. */
  readonly kind: string
  /** Of an ARRAY, and of a RANGE. */
  readonly element?: SqlType
  readonly fields?: readonly { readonly name: string; readonly type: SqlType }[]
  /** Of an ARRAY that is written as `[]`: it is one of whatever is wanted. */
  readonly isUntyped?: true
  /** Of BYTES: a sketch of HLL_COUNT, whose bytes are others than BigQuery's. */
  readonly isSketch?: true
}

const DUCKDB: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: BIG_NUMERIC,
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  JSON: 'JSON',
  GEOGRAPHY: 'VARCHAR',
  // as bigquery/values/special-values.ts keeps it
  RANGE: 'VARCHAR',
  INTERVAL: 'INTERVAL',
  NULL: 'BIGINT',
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  INT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  SMALLINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
}

/** INT is INT64: the name that a type has beside its other ones. */
export const typeName = (upper: string): string => OTHER_NAMES[upper] ?? upper

const LEGACY: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  NULL: 'INTEGER',
}

/** Types that the ends of a RANGE have. */
export const RANGED: readonly string[] = ['DATE', 'DATETIME', 'TIMESTAMP']

export const scalar = (kind: string): SqlType => ({ kind })
export const INT64 = scalar('INT64')
export const FLOAT64 = scalar('FLOAT64')
export const NUMERIC = scalar('NUMERIC')
export const BOOL = scalar('BOOL')
export const STRING = scalar('STRING')

export const arrayOf = (element: SqlType): SqlType => ({ kind: 'ARRAY', element })

/** @throws BigQueryError notImplemented for a type that is not known */
export function typeOf({ name, element, fields }: TypeName): SqlType {
  if (name === 'ARRAY') return arrayOf(typeOf(element!))
  if (name === 'STRUCT')
    return {
      kind: 'STRUCT',
      fields: fields!.map((field, index) => ({
        name: field.name ?? anonymous(index),
        type: typeOf(field.type),
      })),
    }
  if (name === 'RANGE' && element) return rangeOf(typeOf(element))
  const kind = typeName(name)
  if (!(kind in DUCKDB) || ['NULL', 'RANGE'].includes(kind)) throw notImplemented(`the type ${name}`)
  return scalar(kind)
}

/** @throws BigQueryError invalidQuery for ends of another type */
function rangeOf(element: SqlType): SqlType {
  if (RANGED.includes(element.kind)) return { kind: 'RANGE', element }
  throw new BigQueryError('invalidQuery', `Unsupported type: RANGE<${spelling(element)}>`)
}

/** What a field of a STRUCT is called that has no name. */
export const anonymous = (index: number): string => `_field_${index + 1}`

/** @throws BigQueryError notImplemented for what SQL does not know here */
export function typeOfField(field: Field): SqlType {
  if (isPicos(field))
    throw notImplemented(`SQL over a table with a TIMESTAMP with picoseconds (column ${field.name})`)
  const { type, mode, fields, rangeElementType } = field
  const kind = OTHER_NAMES[type.toUpperCase()] ?? type.toUpperCase()
  const one: SqlType = fields
    ? { kind: 'STRUCT', fields: fields.map((each) => ({ name: each.name, type: typeOfField(each) })) }
    : rangeElementType
      ? rangeOf(scalar(rangeElementType.type!))
      : scalar(kind)
  return mode === 'REPEATED' ? arrayOf(one) : one
}

/** The field of the API for a column of a result. */
export function fieldOfType(name: string, type: SqlType): Field {
  if (type.kind === 'ARRAY') return { ...fieldOfType(name, type.element!), mode: 'REPEATED' }
  if (type.kind === 'STRUCT')
    return {
      name,
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: type.fields!.map((field) => fieldOfType(field.name, field.type)),
    }
  if (type.kind === 'RANGE')
    return { name, type: 'RANGE', mode: 'NULLABLE', rangeElementType: { type: type.element!.kind } }
  return { name, type: LEGACY[type.kind] ?? type.kind, mode: 'NULLABLE' }
}

/** DuckDB's spelling. */
export function duckDb(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckDb(type.element!)}[]`
  if (type.kind === 'STRUCT')
    return `STRUCT(${type.fields!.map((field) => `${quote(field.name)} ${duckDb(field.type)}`).join(', ')})`
  return DUCKDB[type.kind]!
}

/** GoogleSQL's spelling, for messages. */
export function spelling(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${spelling(type.element!)}>`
  if (type.kind === 'STRUCT') {
    const fields = type.fields!.map(({ name, type: of }, index) =>
      name === anonymous(index) ? spelling(of) : `${name} ${spelling(of)}`,
    )
    return `STRUCT<${fields.join(', ')}>`
  }
  if (type.kind === 'RANGE') return `RANGE<${spelling(type.element!)}>`
  return type.kind === 'NULL' ? 'INT64' : type.kind
}

/** Whether a sketch of HLL_COUNT is in a value. */
export const holdsSketch = ({ isSketch, element, fields = [] }: SqlType): boolean =>
  isSketch === true ||
  (element !== undefined && holdsSketch(element)) ||
  fields.some(({ type }) => holdsSketch(type))

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'ARRAY' || a.kind === 'RANGE') return sameType(a.element!, b.element!)
  if (a.kind !== 'STRUCT') return true
  return (
    a.fields!.length === b.fields!.length &&
    a.fields!.every((field, index) => sameType(field.type, b.fields![index]!.type))
  )
}

/** The same with the same names of fields: DuckDB matches them by their names. */
export function isEqual(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return isEqual(a.element!, b.element!)
  if (a.kind !== 'STRUCT' || !sameType(a, b)) return sameType(a, b)
  return a.fields!.every(
    ({ name, type }, index) => name === b.fields![index]!.name && isEqual(type, b.fields![index]!.type),
  )
}

/** What it has inside that has no equals. */
function incomparable({ kind, element, fields = [] }: SqlType): string | undefined {
  if (kind === 'JSON' || kind === 'GEOGRAPHY') return kind
  const inside = element ? [element] : fields.map(({ type }) => type)
  return inside.map(incomparable).find((one) => one !== undefined)
}

/** What it has inside that rows are not grouped by: an ARRAY, too. */
export function ungroupable(type: SqlType): string | undefined {
  if (type.kind === 'ARRAY') return type.kind
  return (type.fields ?? []).map((field) => ungroupable(field.type)).find(Boolean) ?? incomparable(type)
}

/** What a table keeps, as BigQuery reads it: an array that is NULL is an empty one, also inside of STRUCTs. */
export function storedValue(sql: string, type: SqlType, depth = 0): string {
  if (!holdsArray(type)) return sql
  if (type.kind === 'STRUCT') {
    const fields = type.fields!.map((field) => ({
      name: field.name,
      sql: storedValue(`struct_extract(${sql}, ${quoteText(field.name)})`, field.type, depth),
    }))
    return `(CASE WHEN ${sql} IS NULL THEN NULL ELSE ${structOf(fields)} END)`
  }
  const item = `stored_${depth}`
  const items = holdsArray(type.element!)
    ? `list_transform(${sql}, lambda ${item}: ${storedValue(item, type.element!, depth + 1)})`
    : sql
  return `coalesce(${items}, CAST([] AS ${duckDb(type)}))`
}

function holdsArray({ kind, fields = [] }: SqlType): boolean {
  return kind === 'ARRAY' || (kind === 'STRUCT' && fields.some(({ type }) => holdsArray(type)))
}

/** A STRUCT in DuckDB's SQL. */
export function structOf(fields: readonly { readonly name: string; readonly sql: string }[]): string {
  return `{${fields.map(({ name, sql }) => `${quoteText(name)}: ${sql}`).join(', ')}}`
}

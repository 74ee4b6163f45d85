import { BIG_NUMERIC, bigNumericOfJson } from './big-numeric.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from './field.ts'
import { checkOf, isPicos, readTypeParameters, TYPE_PARAMETERS } from './type-parameters.ts'

export type { Field }

// The API answers with the legacy names, whichever a caller used.
const LEGACY: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
}

/** DuckDB's type for each BigQuery type that local-cloud keeps. Those that are not here are refused by name. */
const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: BIG_NUMERIC,
  JSON: 'JSON',
  BYTES: 'BLOB',
  // well-known text, as it was sent
  GEOGRAPHY: 'VARCHAR',
  // special-values.ts
  RANGE: 'VARCHAR',
}

const ATTRIBUTES = new Set([
  'name',
  'type',
  'mode',
  'description',
  'fields',
  'policyTags',
  'defaultValueExpression',
  ...TYPE_PARAMETERS,
])
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#|\s]{1,300}$/u
const RESERVED =
  /^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i
const DEEPEST = 15
const MOST_COLUMNS = 10_000

/** Checks a schema as BigQuery does, and gives it the type names that the API answers with. */
export function readFields(fields: readonly Field[]): readonly Field[] {
  const count = countFields(fields)
  if (count > MOST_COLUMNS)
    throw new BigQueryError('invalid', `Too many total leaf fields: ${count} > ${MOST_COLUMNS}.`)
  return readLevel(fields, '', 1)
}

function readLevel(fields: readonly Field[], parent: string, depth: number): readonly Field[] {
  const seen = new Set<string>()
  return fields.map((field) => {
    const path = parent === '' ? field.name : `${parent}.${field.name}`
    const lower = (field.name ?? '').toLowerCase()
    if (!NAME.test(field.name ?? ''))
      throw new BigQueryError('invalid', `Invalid field name "${field.name}".`)
    if (RESERVED.test(field.name)) {
      throw new BigQueryError(
        'invalid',
        `Invalid field name "${field.name}". Field names are not allowed to start with it.`,
      )
    }
    if (seen.has(lower)) {
      const message = `Field ${path} already exists in schema (names differ in more than case).`
      throw new BigQueryError('invalid', message)
    }
    seen.add(lower)
    return readField(field, path, depth)
  })
}

function readField(field: Field, path: string, depth: number): Field {
  for (const [key, value] of Object.entries(field)) {
    if (!ATTRIBUTES.has(key) && value !== undefined && value !== null)
      throw notImplemented(`schema attribute ${key}`)
  }
  const asked = (field.type ?? '').toUpperCase()
  const type = LEGACY[asked] ?? asked
  const mode = field.mode?.toUpperCase()
  if (mode !== undefined && !['NULLABLE', 'REQUIRED', 'REPEATED'].includes(mode)) {
    throw new BigQueryError('invalid', `Invalid mode ${field.mode} of field ${path}.`)
  }
  if ((field.description ?? '').length > 1024) {
    throw new BigQueryError('invalid', `The description of field ${path} has more than 1024 characters.`)
  }
  if (field.defaultValueExpression && depth > 1)
    throw notImplemented(`a default value inside of a RECORD (field ${path})`)
  const isPlain = depth === 1 && mode !== 'REPEATED'
  const common = {
    ...field,
    type,
    ...(mode !== undefined && { mode }),
    ...readTypeParameters({ ...field, type }, path, isPlain),
  }
  if (type !== 'RECORD') {
    if (!(type in DUCKDB_TYPES)) throw notImplemented(`column type ${type || '(none)'} (field ${path})`)
    // clients send an empty list of fields, too
    const { fields, ...scalar } = common
    if (fields?.length)
      throw new BigQueryError('invalid', `Field ${path} is of type ${type}, which has no fields.`)
    return scalar
  }
  if (!field.fields || field.fields.length === 0) {
    throw new BigQueryError('invalid', `Field ${path} is type RECORD but has no schema`)
  }
  if (depth > DEEPEST)
    throw new BigQueryError('invalid', `Field ${path} is nested deeper than ${DEEPEST} levels.`)
  return { ...common, fields: readLevel(field.fields, path, depth + 1) }
}

function countFields(fields: readonly Field[]): number {
  return fields.reduce((sum, { fields: nested }) => sum + 1 + (nested ? countFields(nested) : 0), 0)
}

const isRepeated = (field: Field): boolean => field.mode === 'REPEATED'

/** The DuckDB type of a field: `STRUCT("sku" VARCHAR)[]`. */
export function duckDbType(field: Field): string {
  const base = field.type === 'RECORD' ? structType(field.fields!) : scalarType(field)
  return isRepeated(field) ? `${base}[]` : base
}

function scalarType(field: Field): string {
  return isPicos(field) ? 'VARCHAR' : DUCKDB_TYPES[field.type]!
}

/** `"sku" VARCHAR`, with what the values are held to. */
export function columnDefinition(field: Field): string {
  const check = checkOf(field, quote(field.name))
  return `${quote(field.name)} ${duckDbType(field)}${check === undefined ? '' : ` CHECK (${check})`}`
}

function structType(fields: readonly Field[]): string {
  return `STRUCT(${fields.map((field) => `${quote(field.name)} ${duckDbType(field)}`).join(', ')})`
}

/** The structure that DuckDB's from_json takes for these columns. BYTES come as base64. */
export function jsonStructure(fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const one = oneStructure(field)
      return [field.name, isRepeated(field) ? [one] : one]
    }),
  )
}

/** Whether one of the columns is a BIGNUMERIC, or holds one. */
export function hasBig(fields: readonly Field[]): boolean {
  return fields.some(
    ({ type, fields: inner }) => type === 'BIGNUMERIC' || (inner !== undefined && hasBig(inner)),
  )
}

function oneStructure(field: Field): unknown {
  const { type, fields } = field
  if (type === 'RECORD') return jsonStructure(fields!)
  // as text or as what its column holds: `bigNumericOfJson`
  if (type === 'BIGNUMERIC') return 'JSON'
  return type === 'BYTES' ? 'VARCHAR' : scalarType(field)
}

/** DuckDB's SQL for the columns of `row`, a value of `jsonStructure`. */
export function columnValues(fields: readonly Field[], row: string): string {
  if (!fields.some(isConverted)) return `unnest(${row})`
  return fields.map((field) => valueOf(field, `${row}.${quote(field.name)}`, 0)).join(', ')
}

function isConverted({ type, fields }: Field): boolean {
  return type === 'BYTES' || type === 'BIGNUMERIC' || (fields?.some(isConverted) ?? false)
}

/** Bytes come as base64; a BIGNUMERIC comes as it is kept, or as text where its column was a NUMERIC when the row was read. */
function valueOf(field: Field, value: string, depth: number): string {
  if (!isConverted(field)) return value
  if (isRepeated(field)) {
    const item = `item${depth}`
    return `list_transform(${value}, lambda ${item}: ${valueOf({ ...field, mode: 'NULLABLE' }, item, depth + 1)})`
  }
  if (field.type === 'BYTES') return `from_base64(${value})`
  if (field.type === 'BIGNUMERIC') return bigNumericOfJson(value)
  const inner = field.fields!.map(
    (each) =>
      `${quote(each.name)} := ${valueOf(each, `struct_extract(${value}, ${quoteText(each.name)})`, depth)}`,
  )
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${inner.join(', ')}) END`
}

/** An identifier in DuckDB's SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text in DuckDB's SQL, which ends at a NUL: that is said in another way. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return quoted.includes('\0') ? `(${quoted.replaceAll('\0', "' || chr(0) || '")})` : quoted
}

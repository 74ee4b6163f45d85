import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from '../values/fields.ts'

type AvroType = string | { readonly [key: string]: unknown } | readonly AvroType[]

export interface AvroRecord {
  readonly type: 'record'
  readonly name: string
  readonly namespace?: string
  readonly fields: readonly { readonly name: string; readonly type: AvroType }[]
}

/** Whether DATE and TIME have Avro's logical types (`useAvroLogicalTypes`); else they are text. */
export interface AvroOptions {
  readonly logicalTypes: boolean
}

const NUMERIC = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }
const BIGNUMERIC = { type: 'bytes', logicalType: 'decimal', precision: 77, scale: 38 }

/** The schema of an export (docs: exporting data, "Avro export details"). */
export function avroSchema(fields: readonly Field[], options: AvroOptions): AvroRecord {
  return recordOf(fields, 'Root', options)
}

function recordOf(
  fields: readonly Field[],
  name: string,
  options: AvroOptions,
  namespace?: string,
): AvroRecord {
  const path = namespace === undefined ? name.toLowerCase() : `${namespace}.${name.toLowerCase()}`
  return {
    type: 'record',
    name,
    ...(namespace !== undefined && { namespace }),
    fields: fields.map((field) => ({ name: field.name, type: typeOf(field, options, path) })),
  }
}

function typeOf(field: Field, options: AvroOptions, path: string): AvroType {
  const one =
    field.type === 'RECORD'
      ? { ...recordOf(field.fields!, capital(field.name), options, path) }
      : scalarOf(field.type, options)
  if (field.mode === 'REPEATED') return { type: 'array', items: one }
  return field.mode === 'REQUIRED' ? one : ['null', one]
}

function scalarOf(type: string, { logicalTypes }: AvroOptions): AvroType {
  switch (type) {
    case 'INTEGER':
      return 'long'
    case 'FLOAT':
      return 'double'
    case 'BOOLEAN':
      return 'boolean'
    case 'BYTES':
      return 'bytes'
    case 'NUMERIC':
      return NUMERIC
    case 'BIGNUMERIC':
      return BIGNUMERIC
    case 'TIMESTAMP':
      return { type: 'long', logicalType: 'timestamp-micros' }
    case 'DATE':
      return logicalTypes ? { type: 'int', logicalType: 'date' } : { type: 'string', sqlType: 'DATE' }
    case 'TIME':
      return logicalTypes ? { type: 'long', logicalType: 'time-micros' } : { type: 'string', sqlType: 'TIME' }
    case 'DATETIME':
      return { type: 'string', sqlType: 'DATETIME' }
    case 'JSON':
      return { type: 'string', sqlType: 'JSON' }
    default:
      return 'string'
  }
}

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** The columns of a file (docs: loading Avro data, "Avro conversions"). @throws BigQueryError for what has none */
export function fieldsOfAvro(schema: unknown, options: AvroOptions): readonly Field[] {
  const { type, fields } = schema as Partial<AvroRecord>
  if (type !== 'record' || !fields)
    throw new BigQueryError('invalid', 'The Apache Avro library failed: no record.')
  return fields.map((field) => fieldOf(field.name, field.type, options))
}

function fieldOf(name: string, type: AvroType, options: AvroOptions): Field {
  if (Array.isArray(type)) {
    const [one, ...more] = (type as readonly AvroType[]).filter((each) => each !== 'null')
    if (one === undefined || more.length > 0)
      throw notImplemented(`Avro unions of several types (field ${name})`)
    const field = fieldOf(name, one, options)
    return field.mode === 'REPEATED' ? field : { ...field, mode: 'NULLABLE' }
  }
  if (typeof type === 'string') return { name, type: plainType(name, type), mode: 'REQUIRED' }
  const named = type as { readonly type: string; readonly [key: string]: unknown }
  if (named.type === 'array') {
    return { ...fieldOf(name, named['items'] as AvroType, options), mode: 'REPEATED' }
  }
  if (named.type === 'record') {
    return { name, type: 'RECORD', mode: 'REQUIRED', fields: fieldsOfAvro(named, options) }
  }
  if (named.type === 'enum') return { name, type: 'STRING', mode: 'REQUIRED' }
  if (named.type === 'map') {
    const fields = [
      { name: 'key', type: 'STRING', mode: 'REQUIRED' as const },
      fieldOf('value', named['values'] as AvroType, options),
    ]
    return { name, type: 'RECORD', mode: 'REPEATED', fields }
  }
  if (typeof named.type !== 'string') return fieldOf(name, named.type, options)
  return { name, type: annotatedType(name, named, options), mode: 'REQUIRED' }
}

const PLAIN: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'INTEGER',
  float: 'FLOAT',
  double: 'FLOAT',
  bytes: 'BYTES',
  fixed: 'BYTES',
  string: 'STRING',
}
const LOGICAL: Readonly<Record<string, string>> = {
  date: 'DATE',
  'time-millis': 'TIME',
  'time-micros': 'TIME',
  'timestamp-millis': 'TIMESTAMP',
  'timestamp-micros': 'TIMESTAMP',
}

function plainType(name: string, type: string): string {
  const known = PLAIN[type]
  if (known === undefined) throw notImplemented(`the Avro type ${type} (field ${name})`)
  return known
}

function annotatedType(
  name: string,
  { type, logicalType, sqlType, scale }: { readonly type: string; readonly [key: string]: unknown },
  { logicalTypes }: AvroOptions,
): string {
  if (typeof sqlType === 'string' && ['JSON', 'DATETIME'].includes(sqlType)) return sqlType
  // decimals are converted whether logical types are asked for or not
  if (logicalType === 'decimal') return Number(scale ?? 0) <= 9 ? 'NUMERIC' : 'BIGNUMERIC'
  const logical = logicalTypes ? LOGICAL[String(logicalType)] : undefined
  return logical ?? plainType(name, type)
}

import { column, type Column, type ColumnMode } from './column.ts'
import { isEnvelopeKey } from './system-columns.ts'

/** The part of JSON Schema that a contract is written in. */
export interface JsonSchema {
  readonly type?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/**
 * The columns that a contract's JSON Schema declares: REQUIRED where it requires the field, REPEATED for arrays. Keys
 * must be legal column names. The keys of the envelope are left out: they are system columns.
 *
 * @throws Error naming the field whose schema is of no kind that a column has
 */
export function columnsOfSchema(schema: JsonSchema, path = ''): readonly Column[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => path !== '' || !isEnvelopeKey(key))
    .map(([key, field]) =>
      columnOf(key, field, required.has(key) ? 'REQUIRED' : 'NULLABLE', `${path}/${key}`),
    )
}

function columnOf(name: string, schema: JsonSchema, mode: ColumnMode, path: string): Column {
  if (schema.type === 'array' && schema.items) return columnOf(name, schema.items, 'REPEATED', path)
  if (schema.type === 'object') return column(name, 'RECORD', { mode, fields: columnsOfSchema(schema, path) })
  return column(name, scalarOf(schema, path), { mode })
}

function scalarOf(schema: JsonSchema, path: string): Column['type'] {
  const allowed = schema.anyOf?.map((each) => each.const) ?? schema.enum ?? [schema.const]
  if (schema.type === undefined && allowed.every((value) => typeof value === 'string')) return 'STRING'
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' ? 'TIMESTAMP' : schema.format === 'date' ? 'DATE' : 'STRING'
    case 'integer':
      return 'INT64'
    case 'number':
      return 'FLOAT64'
    case 'boolean':
      return 'BOOL'
    default:
      throw new Error(`contract field ${path} has no column type: ${JSON.stringify(schema)}`)
  }
}

import { GoogleError } from '../../google-error.ts'
import { timeJson } from '../resources/json-values.ts'
import type { Encoding } from './checker.ts'
import type { SchemaSettings, SchemaType } from '../resources/schema-revision.ts'
import type { Described } from './schemas.ts'

// google/pubsub/v1/schema.proto, by number
const TYPES = ['TYPE_UNSPECIFIED', 'PROTOCOL_BUFFER', 'AVRO']
const ENCODINGS = ['ENCODING_UNSPECIFIED', 'JSON', 'BINARY']
const VIEWS = ['SCHEMA_VIEW_UNSPECIFIED', 'BASIC', 'FULL']

/** Over REST an enum is a name, over gRPC a number. */
export type EnumValue = string | number | null | undefined

export function readType(value: EnumValue): SchemaType {
  return read('type', value, TYPES) as SchemaType
}

export function readEncoding(value: EnumValue): Encoding {
  return read('encoding', value, ENCODINGS) as Encoding
}

/** Whether a schema is answered with its definition. */
export function isFull(view: EnumValue, otherwise: boolean): boolean {
  return !view || view === VIEWS[0] ? otherwise : read('view', view, VIEWS) === 'FULL'
}

function read(field: string, value: EnumValue, names: readonly string[]): string {
  const name = typeof value === 'number' ? names[value] : (value ?? '')
  if (name !== undefined && names.indexOf(name) > 0) return name
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid ${field} ${value ?? ''}: it is one of ${names.slice(1).join(', ')}.`,
  )
}

/** Proto3 JSON, as REST answers it. */
export function schemaJson(
  { name, type, definition, revisionId, createTime }: Described,
  full: boolean,
): Record<string, unknown> {
  return { name, type, ...(full && { definition }), revisionId, revisionCreateTime: timeJson(createTime) }
}

export interface SettingsResource {
  schema?: string | null
  encoding?: EnumValue
  firstRevisionId?: string | null
  lastRevisionId?: string | null
}

export function readSettings({
  schema,
  encoding,
  firstRevisionId,
  lastRevisionId,
}: SettingsResource): SchemaSettings {
  return {
    schema: schema ?? '',
    encoding: readEncoding(encoding),
    ...(firstRevisionId && { firstRevisionId }),
    ...(lastRevisionId && { lastRevisionId }),
  }
}

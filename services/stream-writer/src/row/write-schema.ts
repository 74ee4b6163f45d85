import {
  ENVELOPE_KEYS,
  limitOf,
  readDescription,
  rowDescriptor,
  withSystemKeys,
  type Column,
  type ColumnMode,
  type ColumnType,
  type RowDescriptor,
} from '@tablestream/table-schema'
import { compileBytePath, type BytePath } from './compile-byte-path.ts'
import { compileEncoder, type EncodeRow } from './compile-encoder.ts'
import { placeless } from './envelope-writer.ts'

/** TableFieldSchema of the Storage API, enums as names. */
export interface StorageField {
  readonly name?: string | null
  readonly type?: string | number | null
  readonly mode?: string | number | null
  readonly description?: string | null
  readonly fields?: readonly StorageField[] | null
  /** int64, which the client gives as text; 0 where there is no limit. */
  readonly maxLength?: unknown
  readonly precision?: unknown
  readonly scale?: unknown
}

/** The table that rows went into, one string for each time that it was made: a table made anew holds none of them. */
export type Incarnation = string

/** What is needed to write to a table as the write path knows it. */
export interface WriteSchema {
  readonly columns: readonly Column[]
  readonly encode: EncodeRow
  readonly descriptor: RowDescriptor
  /** Judges and encodes events of one type in one go; undefined where they must go the slow way. */
  bytePath(eventType: string): BytePath | undefined
  /** Which of the id and the day of an event have no column. */
  readonly lacks: readonly string[]
  /** Whether what no column takes has a place, `_unmapped`. */
  readonly takesRest: boolean
  readonly incarnation: Incarnation
  /** Equal for equal columns of the same table. */
  readonly fingerprint: string
}

export interface WriteSchemaOptions {
  readonly incarnation: Incarnation
  /** Rows take the place of those with the same primary key. */
  readonly upsert: boolean
}

const TYPES: Readonly<Record<string, ColumnType>> = { DOUBLE: 'FLOAT64', STRUCT: 'RECORD' }

export function writeSchema(
  fields: readonly StorageField[],
  { incarnation, upsert }: WriteSchemaOptions,
): WriteSchema {
  const columns = withSystemKeys(fields.map(columnOf))
  const lacks = placeless(columns, Object.values(ENVELOPE_KEYS))
  return {
    columns,
    lacks,
    takesRest: placeless(columns, ['_unmapped']).length === 0,
    bytePath: lacks.length === 0 ? bytePaths(columns, upsert) : () => undefined,
    descriptor: rowDescriptor(columns, { upsert }),
    encode: compileEncoder(columns, { upsert }),
    incarnation,
    fingerprint: `${incarnation} ${JSON.stringify(columns)}`,
  }
}

/** A table has events of one type. Only a message that is none of them asks for another: what looks like its type may be wrong. */
const MOST_BYTE_PATHS = 10

function bytePaths(columns: readonly Column[], upsert: boolean): WriteSchema['bytePath'] {
  const compiled = new Map<string, BytePath | undefined>()
  return (eventType) => {
    const path = compiled.get(eventType)
    if (path || compiled.has(eventType) || compiled.size === MOST_BYTE_PATHS) return path
    compiled.set(eventType, compileBytePath(columns, eventType, { upsert }))
    return compiled.get(eventType)
  }
}

function columnOf(field: StorageField): Column {
  const { name, type, mode, description, fields } = field
  const limit = limitOf(field)
  const column = name ?? ''
  const kind = String(type)
  return {
    name: column,
    ...readDescription(column, description),
    type: TYPES[kind] ?? (kind as ColumnType),
    mode: mode === 'REQUIRED' || mode === 'REPEATED' ? (mode satisfies ColumnMode) : 'NULLABLE',
    ...(kind === 'STRUCT' && { fields: (fields ?? []).map(columnOf) }),
    ...(limit && { limit }),
  }
}

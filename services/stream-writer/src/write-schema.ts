import {
  readDescription,
  withSystemKeys,
  type Column,
  type ColumnMode,
  type ColumnType,
} from '@tablestream/table-schema'
import { compileEncoder, type EncodeRow } from './encoder/compile-encoder.ts'
import { rowDescriptor, type RowDescriptor } from './encoder/descriptor.ts'

/** TableFieldSchema of the Storage API, enums as names. */
export interface StorageField {
  readonly name?: string | null
  readonly type?: string | number | null
  readonly mode?: string | number | null
  readonly description?: string | null
  readonly fields?: readonly StorageField[] | null
}

/** What is needed to write to a table as the write path knows it. */
export interface WriteSchema {
  readonly columns: readonly Column[]
  readonly encode: EncodeRow
  readonly descriptor: RowDescriptor
  /** Equal for equal columns. */
  readonly fingerprint: string
}

const TYPES: Readonly<Record<string, ColumnType>> = { DOUBLE: 'FLOAT64', STRUCT: 'RECORD' }

export function writeSchema(fields: readonly StorageField[]): WriteSchema {
  const columns = withSystemKeys(fields.map(columnOf))
  const descriptor = rowDescriptor(columns)
  return { columns, descriptor, encode: compileEncoder(columns), fingerprint: JSON.stringify(columns) }
}

function columnOf({ name, type, mode, description, fields }: StorageField): Column {
  const column = name ?? ''
  const kind = String(type)
  return {
    name: column,
    ...readDescription(column, description),
    type: TYPES[kind] ?? (kind as ColumnType),
    mode: mode === 'REQUIRED' || mode === 'REPEATED' ? (mode satisfies ColumnMode) : 'NULLABLE',
    ...(kind === 'STRUCT' && { fields: (fields ?? []).map(columnOf) }),
  }
}

import {
  readDescription,
  withSystemKeys,
  type Column,
  type ColumnMode,
  type ColumnType,
} from '@tablestream/table-schema'
import type { Field } from '../bigquery/cells.ts'

const TYPES: Readonly<Record<string, ColumnType>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
}

/** The columns of a table as table-schema knows them: with the JSON keys that their descriptions tell. */
export function columnsOf(fields: readonly Field[]): readonly Column[] {
  return withSystemKeys(fields.map(columnOf))
}

function columnOf({ name, type, mode, description, fields }: Field): Column {
  return {
    name,
    ...readDescription(name, description),
    type: TYPES[type] ?? (type as ColumnType),
    mode: (mode ?? 'NULLABLE') as ColumnMode,
    ...(fields && { fields: fields.map(columnOf) }),
  }
}

/** A field as the API tells it. */
export function fieldShape({ name, type, mode = 'NULLABLE', description, fields }: Field): {
  name: string
  type: string
  mode: string
  description?: string
  fields?: ReturnType<typeof fieldShape>[]
} {
  return {
    name,
    type,
    mode,
    ...(description !== undefined && { description }),
    ...(fields && { fields: fields.map(fieldShape) }),
  }
}

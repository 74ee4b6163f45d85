import { readDescription } from './column-description.ts'
import { limitOf } from './column-limit.ts'
import type { Column, ColumnMode, ColumnType } from './column.ts'
import { withSystemKeys } from './system-columns.ts'

/** TableFieldSchema of BigQuery's REST API, of which this is looked at. */
export interface ApiField {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly mode?: string | undefined
  readonly description?: string | undefined
  readonly fields?: readonly ApiField[] | undefined
  readonly maxLength?: string | undefined
  readonly precision?: string | undefined
  readonly scale?: string | undefined
}

// the REST API answers with the legacy names
const GOOGLE_SQL: Readonly<Record<string, ColumnType>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  STRUCT: 'RECORD',
}

/** The columns of a table as BigQuery's REST API describes it: with the JSON keys that their descriptions tell. */
export function columnsOfFields(fields: readonly ApiField[]): readonly Column[] {
  return withSystemKeys(fields.map(columnOf))
}

function columnOf(field: ApiField): Column {
  const { name = '', type = '', mode, description, fields } = field
  const limit = limitOf(field)
  const upper = type.toUpperCase()
  return {
    name,
    ...readDescription(name, description),
    type: GOOGLE_SQL[upper] ?? (upper as ColumnType),
    mode: (mode?.toUpperCase() as ColumnMode | undefined) ?? 'NULLABLE',
    ...(fields && { fields: fields.map(columnOf) }),
    ...(limit && { limit }),
  }
}

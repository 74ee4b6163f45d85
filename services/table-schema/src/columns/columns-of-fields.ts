import { readDescription } from './column-description.ts'
import type { Column, ColumnMode, ColumnType } from './column.ts'
import { withSystemKeys } from './system-columns.ts'

/** TableFieldSchema of BigQuery's REST API, of which this is looked at. */
export interface ApiField {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly mode?: string | undefined
  readonly description?: string | undefined
  readonly fields?: readonly ApiField[] | undefined
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

function columnOf({ name = '', type = '', mode, description, fields }: ApiField): Column {
  const upper = type.toUpperCase()
  return {
    name,
    ...readDescription(name, description),
    type: GOOGLE_SQL[upper] ?? (upper as ColumnType),
    mode: (mode?.toUpperCase() as ColumnMode | undefined) ?? 'NULLABLE',
    ...(fields && { fields: fields.map(columnOf) }),
  }
}

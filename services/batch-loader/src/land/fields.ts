import type { Column } from '@tablestream/table-schema'
import type { TableField } from '../google/bigquery.ts'
import { stagingNames } from '../row/staging-names.ts'

/** The fields of the table that rows are loaded into first. Nothing is REQUIRED there: the event's table says what is. */
export function stagingFields(columns: readonly Column[]): readonly TableField[] {
  const { place, match } = stagingNames(columns)
  return [...columns.map(fieldOf), { name: place, type: 'INTEGER' }, { name: match, type: 'STRING' }]
}

function fieldOf({ name, type, mode, fields }: Column): TableField {
  return {
    name,
    type,
    mode: mode === 'REPEATED' ? mode : 'NULLABLE',
    ...(fields && { fields: fields.map(fieldOf) }),
  }
}

import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { Table } from './table.ts'

const STATISTICS = ['numRows', 'numBytes', 'lastModifiedTime']

/** A Table resource as `view` of tables.get asks for it. @throws BigQueryError for a view that is none */
export function inView(resource: Record<string, unknown>, view: string | undefined): object {
  if (view === undefined || view === '' || view === 'FULL' || view.startsWith('STORAGE_STATS'))
    return resource
  if (view === 'TABLE_METADATA_VIEW_UNSPECIFIED') return resource
  if (view === 'BASIC')
    return Object.fromEntries(Object.entries(resource).filter(([key]) => !STATISTICS.includes(key)))
  throw new BigQueryError('invalid', `Invalid value for view: ${view}`)
}

/** The columns that `selectedFields` names, in the table's order. @throws BigQueryError */
export function selectedColumns(
  { fields }: Pick<Table, 'fields'>,
  selectedFields: string | undefined,
): readonly Field[] {
  if (!selectedFields) return fields
  const names = selectedFields.split(',').map((name) => name.trim().toLowerCase())
  const nested = names.find((name) => name.includes('.'))
  if (nested !== undefined) throw notImplemented(`selectedFields inside of a RECORD (${nested})`)
  const missing = names.find((name) => !fields.some((field) => field.name.toLowerCase() === name))
  if (missing !== undefined) throw new BigQueryError('invalid', `Invalid selected field: ${missing}`)
  return fields.filter(({ name }) => names.includes(name.toLowerCase()))
}

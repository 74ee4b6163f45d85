import type { Defaults } from '../values/default-values.ts'
import type { Field } from '../values/fields.ts'
import { jsonColumn, recordText, RowError } from '../values/row-values.ts'
import { columnText } from '../values/column-text.ts'
import { rangeText } from '../values/special-values.ts'

/**
 * A row of insertAll as a line of JSON for DuckDB. The conversions are those that BigQuery documents for streamed JSON:
 * numbers as text, timestamps as RFC 3339 or seconds.
 *
 * @param defaults what columns hold that the row does not name
 * @throws RowError that names the field
 */
export function lineOfJsonRow(
  fields: readonly Field[],
  row: Readonly<Record<string, unknown>>,
  ignoreUnknown: boolean,
  defaults?: Defaults,
): string {
  return convertRecord(fields, row, '', ignoreUnknown, defaults)
}

function convertRecord(
  fields: readonly Field[],
  row: Readonly<Record<string, unknown>>,
  path: string,
  ignoreUnknown: boolean,
  defaults?: Defaults,
): string {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  const converted = new Map<string, string>()
  // NULL that is told stays NULL
  const told = defaults && new Set(Object.keys(row).map((key) => key.toLowerCase()))
  for (const [name, make] of defaults ?? []) if (!told!.has(name.toLowerCase())) converted.set(name, make())
  for (const [key, value] of Object.entries(row)) {
    const field = byName.get(key.toLowerCase())
    const location = path === '' ? key : `${path}.${key}`
    if (!field) {
      if (ignoreUnknown) continue
      throw new RowError(location, `no such field: ${location}.`)
    }
    if (value === null || value === undefined) continue
    converted.set(field.name, convert(field, value, location, ignoreUnknown))
  }
  return recordText(fields, converted, path)
}

function convert(field: Field, value: unknown, location: string, ignoreUnknown: boolean): string {
  if (field.mode !== 'REPEATED') return convertOne(field, value, location, ignoreUnknown)
  if (!Array.isArray(value))
    throw new RowError(location, `Repeated field ${location} must be imported as a JSON array.`)
  const items = value.map((item: unknown, index) => {
    const at = `${location}[${index}]`
    if (item === null)
      throw new RowError(at, `Only optional fields can be set to NULL. Field: ${at}; Value: NULL`)
    return convertOne(field, item, at, ignoreUnknown)
  })
  return `[${items.join(',')}]`
}

function convertOne(field: Field, value: unknown, location: string, ignoreUnknown: boolean): string {
  if (field.type === 'RECORD') {
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new RowError(location, `This field: ${location} is a record.`)
    }
    return convertRecord(field.fields!, value as Record<string, unknown>, location, ignoreUnknown)
  }
  if (field.type === 'JSON') {
    return jsonColumn(typeof value === 'string' ? value : JSON.stringify(value), location)
  }
  if (field.type === 'RANGE') return rangeText(field.rangeElementType!.type!, value, location)
  if (typeof value === 'object') throw new RowError(location, `This field: ${location} is not a record.`)
  // in the words that Google's own client waits for
  if (field.type === 'STRING' && typeof value === 'boolean')
    throw new RowError(location, 'Conversion from bool to std::string is unsupported.')
  return columnText(field, value as string | number | boolean, location)
}

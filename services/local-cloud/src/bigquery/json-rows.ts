import type { Field } from './fields.ts'
import { floatColumn, jsonColumn, recordText, RowError, textColumn, timestampOfMicros } from './row-values.ts'

const INT64 = /^[+-]?\d{1,19}$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/
const DATETIME = /^\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[ Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/
const NUMERIC = /^[+-]?\d{1,29}(\.\d{1,9})?$/

/**
 * A row of insertAll as a line of JSON for DuckDB. The conversions are those that BigQuery documents for streamed JSON:
 * numbers as text, timestamps as RFC 3339 or seconds.
 *
 * @throws RowError that names the field
 */
export function lineOfJsonRow(
  fields: readonly Field[],
  row: Readonly<Record<string, unknown>>,
  ignoreUnknown: boolean,
): string {
  return convertRecord(fields, row, '', ignoreUnknown)
}

function convertRecord(
  fields: readonly Field[],
  row: Readonly<Record<string, unknown>>,
  path: string,
  ignoreUnknown: boolean,
): string {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  const converted = new Map<string, string>()
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
    return typeof value === 'string' ? jsonColumn(value, location) : JSON.stringify(value)
  }
  if (typeof value === 'object') throw new RowError(location, `This field: ${location} is not a record.`)
  return convertScalar(field.type, value as string | number | boolean, location)
}

function convertScalar(type: string, value: string | number | boolean, location: string): string {
  const text = String(value)
  switch (type) {
    case 'STRING':
      return textColumn(text)
    case 'INTEGER':
      if (INT64.test(text) && isInt64(BigInt(text))) return String(BigInt(text))
      break
    case 'FLOAT':
      if (text.trim() !== '' && (!Number.isNaN(Number(text)) || text === 'NaN'))
        return floatColumn(Number(text))
      break
    case 'BOOLEAN':
      if (/^(true|false)$/i.test(text)) return text.toLowerCase()
      break
    case 'TIMESTAMP':
      return convertTimestamp(value, location)
    case 'DATE':
      if (DATE.test(text) && isDay(text)) return textColumn(text)
      break
    case 'TIME':
      if (TIME.test(text)) return textColumn(text)
      break
    case 'DATETIME':
      if (DATETIME.test(text) && isDay(text.slice(0, 10))) return textColumn(text)
      break
    case 'NUMERIC':
      if (NUMERIC.test(text)) return textColumn(text)
      break
    default:
  }
  throw new RowError(location, `Cannot convert value to ${type.toLowerCase()} (bad value): ${text}`)
}

function convertTimestamp(value: string | number | boolean, location: string): string {
  const text = String(value)
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    return timestampOfMicros(BigInt(Math.round(Number(text) * 1e6)), location)
  }
  const match = TIMESTAMP.exec(text)
  if (match && isDay(match[1]!)) {
    const offset = match[3] === undefined || /^(z|utc)$/i.test(match[3]) ? 'Z' : match[3]
    return textColumn(`${match[1]}T${match[2]!.length === 5 ? `${match[2]}:00` : match[2]}${offset}`)
  }
  throw new RowError(location, `Cannot convert value to timestamp (bad value): ${text}`)
}

function isInt64(value: bigint): boolean {
  return value >= -(2n ** 63n) && value < 2n ** 63n
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

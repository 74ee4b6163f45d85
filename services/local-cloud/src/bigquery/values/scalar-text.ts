import { keptText } from '../../sql/geography/read-geography.ts'
import { bigNumericJson } from './big-numeric.ts'
import { floatColumn, RowError, textColumn, timestampOfMicros } from './row-values.ts'

const INT64 = /^[+-]?\d{1,19}$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/
const DATETIME = /^\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/
// Go's client sends nanoseconds, which a column has not: what is behind microseconds is cut off
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[ Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:(?<=\.\d{6})\d{1,3})?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/
const NUMERIC = /^[+-]?\d{1,29}(\.\d{1,9})?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const BIGNUMERIC = /^[+-]?\d{1,38}(\.\d{1,38})?$/

/**
 * A scalar that was sent as text, number or boolean, as JSON text for its column. DuckDB would make NULL of what it cannot
 * read: it is checked here.
 *
 * @throws RowError that names the field and the value
 */
export function scalarText(type: string, value: string | number | boolean, location: string): string {
  const text = String(value)
  switch (type) {
    case 'STRING':
      if (text.isWellFormed()) return textColumn(text)
      throw new RowError(
        location,
        `Cannot convert value to string (bad value): ${JSON.stringify(text)} has a surrogate without its other half`,
      )
    case 'GEOGRAPHY':
      return convertGeography(text, location)
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
    case 'BYTES':
      if (BASE64.test(text)) return textColumn(text)
      break
    case 'BIGNUMERIC':
      if (BIGNUMERIC.test(text)) return bigNumericJson(text)
      break
    default:
  }
  throw new RowError(location, `Cannot convert value to ${type.toLowerCase()} (bad value): ${text}`)
}

function convertGeography(text: string, location: string): string {
  try {
    return textColumn(keptText(text))
  } catch (error) {
    const why = (error as Error).message
    throw new RowError(location, `Cannot convert value to geography (bad value): ${text}: ${why}`)
  }
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

import type { Field } from './field.ts'
import { hasLoneHalf, LONE_HALF_MESSAGE } from './json-halves.ts'
import { isTooDeep, TOO_DEEP } from './json-nesting.ts'
import { cannotRoundTrip, wideNumberIn } from './json-numbers.ts'

/** A value that a column cannot hold. `location` is the field's path: `items[1].sku`. */
export class RowError extends Error {
  readonly location: string

  constructor(location: string, message: string) {
    super(message)
    this.location = location
  }
}

const EARLIEST_MICROS = -62_135_596_800_000_000n
const LATEST_MICROS = 253_402_300_799_999_999n
const EARLIEST_DAY = -719_162
/** 9999-12-31, in days since 1970. */
export const LATEST_DAY = 2_932_896

// Every function here gives JSON text: a row becomes one line, in which a JSON column stands as it was sent.

/** The text of a JSON column. @throws RowError when it is no JSON, or none that the JSON type holds */
export function jsonColumn(text: string, location: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    throw new RowError(location, `Invalid JSON in field ${location}: ${(error as Error).message}`)
  }
  if (hasLoneHalf(text))
    throw new RowError(location, `Invalid JSON in field ${location}: ${LONE_HALF_MESSAGE}`)
  if (isTooDeep(text)) throw new RowError(location, `Invalid JSON in field ${location}: ${TOO_DEEP}`)
  const wide = wideNumberIn(text)
  if (wide !== undefined)
    throw new RowError(location, `Invalid JSON in field ${location}: ${cannotRoundTrip(wide)}`)
  // rows are lines: in valid JSON a line break can only be white space
  return text.replace(/[\r\n]/g, ' ')
}

/** ISO text of a TIMESTAMP in microseconds. @throws RowError beyond the years 0001 to 9999 */
export function timestampOfMicros(micros: bigint, location: string): string {
  if (micros < EARLIEST_MICROS || micros > LATEST_MICROS) {
    throw new RowError(location, `Timestamp ${micros} of field ${location} is out of range.`)
  }
  const milliseconds = micros >= 0n ? micros / 1000n : -((-micros + 999n) / 1000n)
  const rest = String(micros - milliseconds * 1000n).padStart(3, '0')
  return `"${new Date(Number(milliseconds)).toISOString().slice(0, -1)}${rest}Z"`
}

/** YYYY-MM-DD of a DATE in days since 1970. @throws RowError beyond the years 0001 to 9999 */
export function dateOfDays(days: number, location: string): string {
  if (!(days >= EARLIEST_DAY && days <= LATEST_DAY)) {
    throw new RowError(location, `Date ${days} of field ${location} is out of range.`)
  }
  return `"${new Date(days * 86_400_000).toISOString().slice(0, 10)}"`
}

/** Infinity and NaN have no JSON number: DuckDB reads them as text. */
export function floatColumn(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

export const textColumn = (value: unknown): string => JSON.stringify(value)

/** A record as JSON text. @throws RowError when a REQUIRED field is missing */
export function recordText(fields: readonly Field[], row: ReadonlyMap<string, string>, path: string): string {
  for (const { name, mode } of fields) {
    if (mode === 'REQUIRED' && !row.has(name)) {
      const location = path === '' ? name : `${path}.${name}`
      throw new RowError(location, `Missing required field: ${location}.`)
    }
  }
  return `{${[...row].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}

import type { ColumnType } from './column.ts'
import type { JsonValue } from './json-text.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
// NUMERIC has 29 digits before the point and 9 behind it (docs: decimal types)
const NUMERIC_WHOLE = 10n ** 29n
const NUMERIC_SCALE = 9
// BIGNUMERIC holds every whole number of 38 digits
const BIGNUMERIC_WHOLE = 10n ** 38n

/** The type of a number that stands in no column yet; undefined for a whole number of more than 38 digits. */
export function numberType(value: number | bigint): ColumnType | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64'
  if (fitsInt64(value)) return 'INT64'
  if (fitsNumeric(value)) return 'NUMERIC'
  return fitsBigNumeric(value) ? 'BIGNUMERIC' : undefined
}

/**
 * The wider type for a number that its column cannot hold, among those that BigQuery's ALTER COLUMN SET DATA TYPE allows;
 * undefined where there is none.
 */
export function widerType(type: ColumnType, value: JsonValue): ColumnType | undefined {
  if (type !== 'INT64' && type !== 'NUMERIC') return undefined
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  if (type === 'INT64' && fitsNumeric(value)) return 'NUMERIC'
  if (typeof value === 'bigint') return fitsBigNumeric(value) ? 'BIGNUMERIC' : undefined
  return 'FLOAT64'
}

export function fitsInt64(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

export function fitsNumeric(value: JsonValue): boolean {
  if (typeof value === 'bigint') return value > -NUMERIC_WHOLE && value < NUMERIC_WHOLE
  if (typeof value !== 'number') return false
  if (Number.isSafeInteger(value)) return true
  // beyond 2^53 the digits of a double are not those of its text
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  const text = String(value)
  return !text.includes('e') && text.length - text.indexOf('.') - 1 <= NUMERIC_SCALE
}

export function fitsBigNumeric(value: JsonValue): boolean {
  if (typeof value === 'bigint') return value > -BIGNUMERIC_WHOLE && value < BIGNUMERIC_WHOLE
  return typeof value === 'number' && Number.isSafeInteger(value)
}

export function isExactDouble(value: bigint): boolean {
  const double = Number(value)
  return Number.isFinite(double) && BigInt(double) === value
}

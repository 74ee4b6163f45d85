import type { ColumnType } from '../columns/column.ts'
import {
  decimalOfText,
  isToldByDouble,
  plainText,
  scaleOf,
  wholeDigits,
  type Decimal,
} from '../json/decimal.ts'
import type { JsonValue } from '../json/json-text.ts'
import { isRawNumber, type RawNumber } from '../json/raw-number.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

export interface Precision {
  /** Digits before the point. */
  readonly whole: number
  /** Digits behind it. */
  readonly scale: number
}

// docs: decimal types. BIGNUMERIC holds some numbers of 39 digits before the point, and all of 38
const NUMERIC: Precision = { whole: 29, scale: 9 }
const BIGNUMERIC: Precision = { whole: 38, scale: 38 }

/** Digits of the largest integer that a double tells from its neighbours. */
const SAFE_DIGITS = 16

type JsonNumber = number | bigint | RawNumber

/** Whether JSON text would show a number. */
export function isJsonNumber(value: JsonValue): value is JsonNumber {
  return typeof value === 'number' || typeof value === 'bigint' || isRawNumber(value)
}

/**
 * The type of a number that stands in no column yet: the narrowest that gives its digits back; undefined where none does.
 * A double that is not whole is FLOAT64. So is one of 17 digits, where no decimal type holds it.
 */
export function numberType(value: JsonNumber): ColumnType | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return 'INT64'
    if (!Number.isInteger(value)) return 'FLOAT64'
  }
  if (fitsInt64(value)) return 'INT64'
  if (fitsNumeric(value)) return 'NUMERIC'
  if (fitsBigNumeric(value)) return 'BIGNUMERIC'
  return fitsFloat64(value) ? 'FLOAT64' : undefined
}

/**
 * The wider type for a number that its column cannot hold, among those that BigQuery's ALTER COLUMN SET DATA TYPE allows and
 * that keep every digit of what stands there (so never FLOAT64); undefined where there is none.
 */
export function widerType(type: ColumnType, value: JsonValue): ColumnType | undefined {
  if (type !== 'INT64' && type !== 'NUMERIC') return undefined
  if (type === 'INT64' && fitsNumeric(value)) return 'NUMERIC'
  return fitsBigNumeric(value) ? 'BIGNUMERIC' : undefined
}

export function fitsInt64(value: JsonValue): boolean {
  // the ends are no numbers: their digits are those of bigints
  if (typeof value === 'number') return Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 63
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

/** A double is told by its shortest text, or by one of as many digits as it has: what programs print that print 17. */
export function fitsFloat64(value: JsonValue): boolean {
  return typeof value === 'number' || (isJsonNumber(value) && isToldByDouble(textOf(value), doubleOf(value)))
}

/** The double nearest to a number, which is the number where FLOAT64 takes it. */
export function doubleOf(value: JsonValue): number {
  return typeof value === 'number' ? value : isJsonNumber(value) ? Number(textOf(value)) : Number.NaN
}

export function fitsNumeric(value: JsonValue): boolean {
  return fitsDecimal(value, NUMERIC)
}

export function fitsBigNumeric(value: JsonValue): boolean {
  return fitsDecimal(value, BIGNUMERIC)
}

/** Whether a decimal type of so many digits gives the number back. */
export function fitsDecimal(value: JsonValue, { whole, scale }: Precision): boolean {
  if (whole >= SAFE_DIGITS && typeof value === 'number' && Number.isSafeInteger(value)) return true
  if (!isJsonNumber(value)) return false
  const decimal = decimalOf(value)
  return wholeDigits(decimal) <= whole && scaleOf(decimal) <= scale
}

function decimalOf(value: JsonNumber): Decimal {
  return decimalOfText(textOf(value))
}

function textOf(value: JsonNumber): string {
  return isRawNumber(value) ? value.rawJSON : value.toString()
}

/** The text of a number for a NUMERIC or BIGNUMERIC column that holds it. */
export function decimalText(value: JsonValue): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return isJsonNumber(value) ? plainText(decimalOf(value)) : ''
}

/** A whole number that INT64 holds, for its column: a number beyond 2^53 stands for the digits of its text. */
export function int64Of(value: number | bigint): number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : BigInt(String(value))
}

import { isRawJSON, isRawNumber, rawNumber } from './raw-number.ts'

/**
 * What JSON.parse gives, but for numbers whose digits a double does not give back: a bigint where it is whole, else a
 * RawNumber. A number stands for the decimal of its shortest text: a decimal has one value, however it was spelled.
 */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** JSON text of a value that `parseJson` gave: every number with all its digits. */
export function toJsonText(value: JsonValue): string {
  try {
    // to ask a function about each value takes several times as long, and bigints are rare
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, bigintAsNumber)
  }
}

function bigintAsNumber(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawNumber(value.toString()) : value
}

const LEAST_INTEGER = -(2n ** 63n)
const LARGEST_INTEGER = 2n ** 64n - 1n

/**
 * JSON text for a JSON column. BigQuery's JSON holds int64, uint64 and doubles (docs: JSON type). Every other number is written
 * as text, with the digits that were sent, as TO_JSON does when it is told to `stringify_wide_numbers`.
 */
export function jsonColumnText(value: JsonValue): string {
  return holdsWideNumber(value) ? JSON.stringify(value, wideAsText) : JSON.stringify(value)
}

function holdsWideNumber(value: JsonValue): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value !== 'object' || value === null) return false
  if (isArray(value)) return value.some(holdsWideNumber)
  if (isRawNumber(value)) return true
  for (const key in value) if (holdsWideNumber(value[key]!)) return true
  return false
}

function wideAsText(_key: string, value: unknown): unknown {
  if (isRawNumber(value)) return value.rawJSON
  if (typeof value !== 'bigint') return value
  const text = value.toString()
  return value >= LEAST_INTEGER && value <= LARGEST_INTEGER ? rawNumber(text) : text
}

/** True for a JSON object: not null, not an array, not a number kept as raw text. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value)
}

export function isArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** RFC 6901: `/items/2/sku`. Every path in an answer, a dead letter or `_unmapped` is written so. */
export function pointer(parent: string, key: string | number): string {
  const step = typeof key === 'number' ? String(key) : key.replaceAll('~', '~0').replaceAll('/', '~1')
  return `${parent}/${step}`
}

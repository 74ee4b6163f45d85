/** What JSON.parse gives, and a bigint where a whole number would lose digits as a number. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

// A number can lose digits only with 16 of them, or be infinite only with an exponent of three digits. Strings that
// look so (ids, hashes) send the text to the slow path for nothing, which costs time and never a value.
const LONG_NUMBER = /[0-9]{16}/
const LONG_EXPONENT = /[0-9][eE]\+?[0-9]{3}/

const WHOLE_NUMBER = /^-?[0-9]+$/
/** No column holds a longer one: a double has at most 309 digits. To read many digits as a bigint takes more than linear time. */
const MOST_DIGITS = 400

/**
 * Parses JSON without losing a digit of a whole number: those beyond 2^53 become bigint. A number too large for a
 * double, like 1e400, becomes a raw JSON number (JSON.isRawJSON), which no column fits and `toJsonText` writes as it was;
 * so does a whole number of hundreds of digits. It recurs with each level that the text nests: see `nestsDeeperThan`.
 *
 * @param bytes the text in UTF-8, where it is at hand: long numbers are found faster in it
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string, bytes?: Uint8Array): JsonValue {
  const needsCare = (bytes ? hasLongNumber(bytes) : LONG_NUMBER.test(text)) || LONG_EXPONENT.test(text)
  return (needsCare ? JSON.parse(text, keepDigits) : JSON.parse(text)) as JsonValue
}

/** Whether 16 digits stand in a row: only every 16th byte is looked at, and the neighbours of those that are digits. */
function hasLongNumber(bytes: Uint8Array): boolean {
  const { length } = bytes
  for (let at = 15; at < length; at += 16) {
    if (!isDigit(bytes[at]!)) continue
    let first = at
    while (first > 0 && isDigit(bytes[first - 1]!)) first--
    let end = at + 1
    while (end < length && isDigit(bytes[end]!)) end++
    if (end - first >= 16) return true
  }
  return false
}

function isDigit(byte: number): boolean {
  return byte > 47 && byte < 58
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source ?? ''
  if (source.length <= MOST_DIGITS && WHOLE_NUMBER.test(source)) return BigInt(source)
  return Number.isFinite(value) ? value : rawJSON(source)
}

/** JSON text of a value that `parseJson` gave: bigints keep all their digits. */
export function toJsonText(value: JsonValue): string {
  return JSON.stringify(value, bigintAsNumber)
}

function bigintAsNumber(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(value.toString()) : value
}

// TypeScript's library does not describe JSON.rawJSON and JSON.isRawJSON yet (ES2026, in V8 since 11.4)
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => object
  isRawJSON: (value: unknown) => boolean
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

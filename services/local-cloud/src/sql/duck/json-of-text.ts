import { cannotRoundTrip, wideNumberIn } from '../../bigquery/values/json-numbers.ts'
import { hasLoneHalf, LONE_HALF_MESSAGE } from '../../bigquery/values/json-halves.ts'
import { readJson, writeJson } from './json-tree.ts'
import { isTooDeep, TOO_DEEP } from '../../bigquery/values/json-nesting.ts'

const PARTS = /("(?:[^"\\]|\\.)*")|(-?[0-9][0-9.eE+-]*)|\s+/gs
const KEY = /"(?:[^"\\]|\\.)*"\s*:/gs

/**
 * A text as a JSON value is written: without white space and escapes that are not needed, each number in one way; of a key that comes
 * twice in an object the first one is kept (data types: JSON).
 *
 * @param mode `round` rounds numbers that the type does not hold @throws Error for a text that is no JSON, that is too deep, that has such
 *   a number, or one that is too large to be rounded
 */
export function jsonOfText(text: string, mode = 'exact'): string {
  if (mode !== 'exact' && mode !== 'round')
    throw new Error(`PARSE_JSON: wide_number_mode is exact or round, and not ${mode}`)
  if (isTooDeep(text)) throw new Error(TOO_DEEP)
  const keys = countKeys(parsed(text))
  if (hasLoneHalf(text)) throw new Error(`syntax error while parsing value: ${LONE_HALF_MESSAGE}`)
  const wide = wideNumberIn(text)
  if (wide !== undefined && mode === 'exact') throw new Error(cannotRoundTrip(wide))
  const written = text.replaceAll(PARTS, (_, quoted?: string, number?: string) => {
    if (number !== undefined) return numberText(wide === undefined ? number : rounded(number))
    return quoted?.includes('\\') ? JSON.stringify(JSON.parse(quoted)) : (quoted ?? '')
  })
  return (text.match(KEY)?.length ?? 0) === keys ? written : writeJson(readJson(written))
}

/** A whole number that the type does not hold is written as a double. */
function rounded(number: string): string {
  if (!Number.isFinite(Number(number))) throw new Error(cannotRoundTrip(number))
  return wideNumberIn(number) !== undefined && !/[.eE]/.test(number) ? `${number}.0` : number
}

/** Numbers from here on have an exponent (JSON is written so by the library that Google's does it with). */
const LARGEST_PLAIN = 1e15

/** A number as JSON shows it: a double always has a point or an exponent, and as few digits as say it. */
function numberText(number: string): string {
  if (/^-?[0-9]+$/.test(number)) return number === '-0' ? '0' : number
  const value = Number(number)
  const size = Math.abs(value)
  if (size >= LARGEST_PLAIN || (size < 1e-4 && size > 0))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  const shown = Object.is(value, -0) ? '-0' : String(value)
  return shown.includes('.') ? shown : `${shown}.0`
}

/** A text as a string of JSON. */
export const jsonOfString = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new Error(`syntax error while parsing value: ${(error as Error).message}`, { cause: error })
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const values = Object.values(value)
  const own = Array.isArray(value) ? 0 : values.length
  return values.reduce<number>((sum, each) => sum + countKeys(each), own)
}

/** The text as JSON. @param text SQL of a text */
export function parseJsonCall(text: string): string {
  return `CAST(json_of_text(${text}) AS JSON)`
}

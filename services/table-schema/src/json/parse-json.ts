import type { JsonValue } from './json-text.ts'
import { readClosely } from './read-closely.ts'
import { survey, type Survey } from './survey.ts'

/**
 * Parses JSON without losing a digit: a number that a double does not stand for becomes a bigint or a RawNumber (`1e400`,
 * `1e-400`, `12345678.123456789`, a whole number of hundreds of digits). It recurs with each level that the text nests: see
 * `survey`.
 *
 * Such text is read by a reader of our own: JSON.parse takes longer where it tells a function of each value. So is text with an escape in a
 * key. JSON.parse of V8 12.8 and later (Node 24 and 26 have it) remembers the keys of objects that it made, and compares the next key
 * with them as it is written, before its escapes are read: after `{"h":[],"\\":0}` it reads `{"h":1,"\n":2}` as one with the key `\`.
 * One publisher could change the columns of all others.
 *
 * @param known what `survey` says of the text's bytes
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string, known: Survey = survey(new TextEncoder().encode(text))): JsonValue {
  const value = JSON.parse(text) as JsonValue
  return known.hasEscapedKey || known.losesDigits ? readClosely(text).value : value
}

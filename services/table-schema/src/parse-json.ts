import type { JsonValue } from './json-text.ts'
import { numberOfText } from './number-of-text.ts'
import { readClosely } from './read-closely.ts'
import { survey, type Survey } from './survey.ts'

/**
 * Parses JSON without losing a digit: a number that a double does not stand for becomes a bigint or a RawNumber (`1e400`,
 * `1e-400`, `12345678.123456789`, a whole number of hundreds of digits). It recurs with each level that the text nests: see
 * `survey`.
 *
 * Text with an escape in a key is read by a reader of our own. JSON.parse of V8 12.8 and later (Node 24 and 26 have it) remembers the
 * keys of objects that it made, and compares the next key with them as it is written, before its escapes are read: after
 * `{"h":[],"\\":0}` it reads `{"h":1,"\n":2}` as one with the key `\`. One publisher could change the columns of all others.
 *
 * @param known what `survey` says of the text's bytes
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string, known: Survey = survey(new TextEncoder().encode(text))): JsonValue {
  if (known.hasEscapedKey) {
    JSON.parse(text)
    return readClosely(text).value
  }
  return (known.losesDigits ? JSON.parse(text, keepDigits) : JSON.parse(text)) as JsonValue
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? numberOfText(context?.source ?? String(value)) : value
}

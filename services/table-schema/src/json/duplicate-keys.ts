import { isArray, type JsonValue } from './json-text.ts'
import { isRawNumber } from './raw-number.ts'
import { readClosely } from './read-closely.ts'
import type { Survey } from './survey.ts'

/**
 * The path of the first key that comes twice in its object; undefined where none does. JSON.parse keeps the last value and SQL
 * the first: who reads such an event guesses. Costs a look at every key of what was parsed.
 *
 * @param known what `survey` says of the text's bytes
 * @param value what `parseJson` made of the text
 */
export function duplicateKey(text: string, known: Survey, value: JsonValue): string | undefined {
  // a key that came twice is there once
  return known.keys === keysOf(value, known.losesDigits) ? undefined : readClosely(text).duplicate
}

function keysOf(value: JsonValue, mayHoldRaw: boolean): number {
  if (typeof value !== 'object' || value === null || (mayHoldRaw && isRawNumber(value))) return 0
  let count = 0
  if (isArray(value)) {
    for (const element of value)
      if (typeof element === 'object' && element !== null) count += keysOf(element, mayHoldRaw)
    return count
  }
  for (const key in value) {
    count++
    const inside = value[key]!
    if (typeof inside === 'object' && inside !== null) count += keysOf(inside, mayHoldRaw)
  }
  return count
}

import { isDeepStrictEqual } from 'node:util'
import {
  decimalText,
  identityOf,
  jsonColumnText,
  parseJson,
  timestampMicros,
  toJsonText,
  type JsonValue,
} from '@tablestream/table-schema'
import type { StoredRecord, StoredRow, StoredValue } from './read-table.ts'

/**
 * Where an event and its row differ, by JSON pointer; nothing where every value of the event is in its column or in
 * `_unmapped`, and the row holds nothing else. null, `[]` and `{}` are the same as absent, in the event as in the row.
 */
export function differences(event: Readonly<Record<string, unknown>>, row: StoredRow): string[] {
  const unmapped = new Map(Object.entries(row.unmapped))
  const found = compareRecord(event, row.record, '', unmapped)
  for (const path of unmapped.keys()) found.push(`${path} is in _unmapped and not in the event`)
  return found
}

type Unmapped = Map<string, unknown>

function compareRecord(
  object: Readonly<Record<string, unknown>>,
  record: StoredRecord,
  path: string,
  unmapped: Unmapped,
): string[] {
  const found: string[] = []
  const left = new Map(record)
  for (const [key, value] of Object.entries(object)) {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const identity = identityOf(key)
    const stored = left.get(identity)
    left.delete(identity)
    found.push(...compareValue(value, stored, at, unmapped))
  }
  for (const key of left.keys()) found.push(`${path}/${key} is in the row and not in the event`)
  return found
}

function compareValue(
  value: unknown,
  stored: StoredValue | undefined,
  at: string,
  unmapped: Unmapped,
): string[] {
  if (unmapped.has(at)) {
    const kept = unmapped.get(at)
    unmapped.delete(at)
    return isDeepStrictEqual(kept, inJson(value)) ? [] : [`${at} differs in _unmapped`]
  }
  if (stored === undefined) return isNothing(value) ? [] : [`${at} is missing`]
  if ('items' in stored) {
    if (!Array.isArray(value) || value.length !== stored.items.length) return [`${at} has another length`]
    return value.flatMap((item, index) => compareValue(item, stored.items[index], `${at}/${index}`, unmapped))
  }
  if ('record' in stored)
    return compareRecord((value ?? {}) as Record<string, unknown>, stored.record, at, unmapped)
  return isDeepStrictEqual(plain(stored), normal(stored.type, value)) ? [] : [`${at} is ${stored.text}`]
}

/** null, `[]`, `{}`, and an object that holds nothing else. */
function isNothing(value: unknown): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isNothing)
}

/** BigQuery's JSON holds no wider numbers than int64, uint64 and doubles: those are text. */
function inJson(value: unknown): unknown {
  return parseJson(jsonColumnText(value as JsonValue))
}

/** What the stored text stands for. */
function plain({ type, text }: { readonly type: string; readonly text: string }): unknown {
  if (type === 'FLOAT') return Number(text) + 0
  return type === 'JSON' ? parseJson(text) : text
}

/** What the event's value must be stored as. Whole numbers by their digits; a timestamp is an instant, its spelling is not kept. */
function normal(type: string, value: unknown): unknown {
  switch (type) {
    case 'TIMESTAMP':
      return String(timestampMicros(value as string))
    case 'FLOAT':
      // JSON's -0 is 0; that a double of 17 digits tells all of them is a law about digits
      return Number(toJsonText(value as JsonValue)) + 0
    case 'JSON':
      return inJson(value)
    case 'STRING':
    case 'DATE':
      return value
    case 'INTEGER':
      return BigInt(String(value)).toString()
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return decimalText(value as JsonValue)
    default:
      return String(value)
  }
}

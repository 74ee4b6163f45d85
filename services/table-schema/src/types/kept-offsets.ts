import { hasOffset } from './calendar.ts'
import type { Column } from '../columns/column.ts'
import { isArray, isObject, pointer, type JsonObject, type JsonValue } from '../json/json-text.ts'
import { identityOf } from '../names/key-identity.ts'
import { fitsType } from './scalar-types.ts'

/** A timestamp that is told in another offset than that of UTC. */
interface Offset {
  readonly path: string
  readonly value: string
}

/** The timestamps of an event that are told in another offset than that of UTC, with their paths. */
export function offsetsOf(columns: readonly Column[], event: JsonObject): readonly Offset[] {
  const found: Offset[] = []
  search(columns, event, '', found)
  return found
}

function search(columns: readonly Column[], object: JsonObject, path: string, found: Offset[]): void {
  const byKey = new Map(columns.flatMap((column) => (column.map ? [] : [[column.key, column]])))
  for (const [key, value] of Object.entries(object)) {
    const column = byKey.get(identityOf(key))
    if (!column || value === null) continue
    const at = pointer(path, key)
    if (column.mode !== 'REPEATED') look(column, value, at, found)
    else if (isArray(value)) value.forEach((item, index) => look(column, item, pointer(at, index), found))
  }
}

function look({ type, fields = [] }: Column, value: JsonValue, at: string, found: Offset[]): void {
  if (type === 'RECORD' && isObject(value)) search(fields, value, at, found)
  else if (type === 'TIMESTAMP' && typeof value === 'string' && hasOffset(value) && fitsType(type, value))
    found.push({ path: at, value })
}

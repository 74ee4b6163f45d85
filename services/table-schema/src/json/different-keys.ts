import { isArray, type JsonValue } from './json-text.ts'

/** Whether the objects of a value have more different keys than so many. Recurs with each level: see `survey`. */
export function hasMoreKeys(most: number, value: JsonValue): boolean {
  return collect(value, new Set(), most)
}

/** True as soon as there are too many. */
function collect(value: JsonValue, keys: Set<string>, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isArray(value)) return value.some((element) => collect(element, keys, most))
  for (const key in value) {
    keys.add(key)
    if (keys.size > most || collect(value[key]!, keys, most)) return true
  }
  return false
}

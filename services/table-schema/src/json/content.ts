import { isArray, isObject, type JsonValue } from './json-text.ts'

/** null, `[]` and `{}`: they tell no type, and every column but JSON keeps them as NULL (an empty ARRAY where REPEATED). */
export function saysNothing(value: JsonValue): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  if (isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

/** Whether something would be lost if the value were left out: anything but nothing, at any depth of plain objects. */
export function hasContent(value: JsonValue): boolean {
  if (isArray(value)) return value.length > 0
  if (isObject(value)) return Object.values(value).some(hasContent)
  return value !== null
}

import {
  isArray,
  isObject,
  isRawNumber,
  oneSpelling,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'

/** What is said of them. */
export const DUPLICATE_ITEMS = 'must not have duplicate items'

/**
 * The places of the items that came before in the array. Objects are equal whatever the order of their keys, numbers however they are
 * spelled, and a null is no field.
 */
export function* repeatedItems(items: readonly JsonValue[]): Generator<number> {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const text = toJsonText(inOrder(item))
    if (seen.has(text)) yield index
    seen.add(text)
  }
}

function inOrder(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(inOrder)
  if (isRawNumber(value)) return oneSpelling(value)
  return isObject(value) ? fieldsInOrder(value) : value
}

function fieldsInOrder(object: JsonObject): JsonObject {
  const keys = Object.keys(object).filter((key) => object[key] !== null)
  return Object.fromEntries(keys.toSorted().map((key) => [key, inOrder(object[key]!)]))
}

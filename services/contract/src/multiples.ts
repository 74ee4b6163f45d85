import {
  isArray,
  isJsonNumber,
  isMultipleOf,
  isObject,
  pointer,
  toJsonText,
  type JsonSchema,
  type JsonValue,
} from '@tablestream/table-schema'
import type { Problem } from './problem.ts'

/** Where a schema asks for multiples of a number. */
export interface Multiples {
  readonly of?: number | undefined
  readonly items?: Multiples | undefined
  readonly fields: ReadonlyMap<string, Multiples>
}

/** undefined where it asks for none. */
export function multiplesOf({ multipleOf, items, properties }: JsonSchema): Multiples | undefined {
  const inside = items && multiplesOf(items)
  const fields = Object.entries(properties ?? {}).flatMap(([key, field]) => {
    const multiples = multiplesOf(field)
    return multiples ? [[key, multiples] as const] : []
  })
  if (multipleOf === undefined && !inside && fields.length === 0) return undefined
  return { of: multipleOf, items: inside, fields: new Map(fields) }
}

/** The schema without them. Who checks it takes doubles for multiples of what they are near to: of 0.01 a million is not near enough. */
export function withoutMultiples(schema: JsonSchema): JsonSchema {
  const { multipleOf: _, items, properties, ...others } = schema
  const fields = Object.entries(properties ?? {}).map(
    ([key, field]) => [key, withoutMultiples(field)] as const,
  )
  return {
    ...others,
    ...(items && { items: withoutMultiples(items) }),
    ...(properties && { properties: Object.fromEntries(fields) }),
  }
}

/** Of an array of many wrong numbers the first are told, as of other problems. */
const MOST_TOLD = 8

/** Numbers that are no multiples of what they have to be. */
export function wrongMultiples(multiples: Multiples, event: JsonValue): readonly Problem[] {
  return wrongIn(multiples, event, '').take(MOST_TOLD).toArray()
}

function* wrongIn({ of, items, fields }: Multiples, value: JsonValue, path: string): Generator<Problem> {
  if (isArray(value)) {
    if (items) for (const [index, each] of value.entries()) yield* wrongIn(items, each, pointer(path, index))
  } else if (isObject(value)) {
    for (const [key, field] of fields)
      if (Object.hasOwn(value, key)) yield* wrongIn(field, value[key]!, pointer(path, key))
  } else if (of !== undefined && isJsonNumber(value) && !isMultipleOf(toJsonText(value), of))
    yield { path, rule: 'multipleOf', message: `must be multiple of ${of}`, value }
}

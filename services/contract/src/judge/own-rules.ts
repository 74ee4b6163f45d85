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
import { patternAt, type Pattern } from './pattern.ts'
import type { Problem } from './problem.ts'
import { DUPLICATE_ITEMS, repeatedItems } from './repeated-items.ts'

interface Asked extends JsonSchema {
  readonly pattern?: string
  readonly uniqueItems?: boolean
}

/** Where a schema asks for what is looked at here, and not by who checks the others. */
export interface OwnRules {
  /** Who checks schemas takes doubles for multiples of what they are near to: of 0.01 a million is not near enough. */
  readonly multipleOf?: number | undefined
  /** Who checks schemas would try one way through a text after the other, and a stranger chooses the text. */
  readonly pattern?: Pattern | undefined
  /** Who checks schemas copies all that it found before for each item that came before: of 100,000 equal ones that takes minutes. */
  readonly uniqueItems?: boolean | undefined
  readonly items?: OwnRules | undefined
  readonly fields: ReadonlyMap<string, OwnRules>
}

/**
 * undefined where it asks for none.
 *
 * @param path of the schema, a JSON pointer
 * @throws Error where a pattern is none (`patternAt`)
 */
export function ownRulesOf(
  { multipleOf, pattern, uniqueItems = false, items, properties }: Asked,
  path = '',
): OwnRules | undefined {
  const inside = isOne(items) ? ownRulesOf(items, pointer(path, 'items')) : undefined
  const fields = Object.entries(properties ?? {}).flatMap(([key, field]) => {
    const rules = ownRulesOf(field, pointer(pointer(path, 'properties'), key))
    return rules ? [[key, rules] as const] : []
  })
  const asksItself = multipleOf !== undefined || pattern !== undefined || uniqueItems
  if (!asksItself && !inside && fields.length === 0) return undefined
  const read = pattern === undefined ? undefined : patternAt(pointer(path, 'pattern'), pattern)
  return { multipleOf, pattern: read, uniqueItems, items: inside, fields: new Map(fields) }
}

/** Of a tuple each value has a schema of its own, which who checks schemas looks at whole; where it is a boolean there is none. */
const isOne = (items: JsonSchema | readonly JsonSchema[] | undefined): items is JsonSchema =>
  typeof items === 'object' && !Array.isArray(items)

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** The schema without them. */
export function withoutOwnRules(schema: JsonSchema): JsonSchema {
  // a field that is `false` must not be there: it stays what it is, and so does one that may be anything
  if (typeof schema === 'boolean') return schema
  // what TypeBox keeps for itself is not enumerable, a check by a function too
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)) as Writable<Asked>
  delete copy.multipleOf
  delete copy.pattern
  delete copy.uniqueItems
  const { items, properties } = schema
  if (isOne(items)) copy.items = withoutOwnRules(items)
  if (properties) {
    const fields = Object.entries(properties).map(([key, field]) => [key, withoutOwnRules(field)] as const)
    copy.properties = Object.fromEntries(fields)
  }
  return copy
}

/** Of an array of many wrong values the first are told, as of other problems. */
const MOST_TOLD = 8

/** Numbers that are no multiples of what they have to be, texts that are not what they have to match, and items that came before. */
export function brokenOwnRules(rules: OwnRules, event: JsonValue): readonly Problem[] {
  return brokenIn(rules, event, '').take(MOST_TOLD).toArray()
}

function* brokenIn(rules: OwnRules, value: JsonValue, path: string): Generator<Problem> {
  const { multipleOf, pattern, uniqueItems, items, fields } = rules
  if (isArray(value)) {
    if (uniqueItems)
      for (const index of repeatedItems(value))
        yield {
          path: pointer(path, index),
          rule: 'uniqueItems',
          message: DUPLICATE_ITEMS,
          value: value[index],
        }
    if (items) for (const [index, each] of value.entries()) yield* brokenIn(items, each, pointer(path, index))
  } else if (isObject(value)) {
    for (const [key, field] of fields)
      if (Object.hasOwn(value, key)) yield* brokenIn(field, value[key]!, pointer(path, key))
  } else if (typeof value === 'string') {
    if (pattern && !pattern.matches(value))
      yield { path, rule: 'pattern', message: `must match pattern "${pattern.text}"`, value }
  } else if (multipleOf !== undefined && isJsonNumber(value) && !isMultipleOf(toJsonText(value), multipleOf))
    yield { path, rule: 'multipleOf', message: `must be multiple of ${multipleOf}`, value }
}

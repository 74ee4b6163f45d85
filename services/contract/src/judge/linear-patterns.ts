import { isArray, pointer, type JsonSchema } from '@tablestream/table-schema'
import { checkFormat } from './formats.ts'
import { patternAt, type Pattern } from './pattern.ts'
import { DUPLICATE_ITEMS, repeatedItems } from './repeated-items.ts'

/** A pattern as who checks schemas calls one. That would try one way through a text after the other, and a stranger chooses the text. */
class LinearPattern extends RegExp {
  readonly #pattern: Pattern

  constructor(pattern: Pattern) {
    super(pattern.text, 'u')
    this.#pattern = pattern
  }

  override test(value: string): boolean {
    return this.#pattern.matches(value)
  }

  /** As it was written: what is wrong with a value names it. */
  override toString(): string {
    return this.#pattern.text
  }
}

const words = (text: string): readonly string[] => text.split(' ')
/** Keywords whose value is a schema, or an array of schemas, */
const SCHEMAS = words(
  'items additionalItems prefixItems contains unevaluatedItems additionalProperties unevaluatedProperties propertyNames ' +
    'anyOf allOf oneOf not if then else',
)
/** or an object of schemas. */
const BY_NAME = words('properties patternProperties dependencies dependentSchemas $defs definitions')
/** Where TypeBox keeps checks by a function. */
const CHECKS = '~refine'
/** What it does for `uniqueItems` itself takes minutes where many items are equal. */
const DIFFERENT_ITEMS = {
  check: (value: unknown) => !isArray(value) || repeatedItems(value).next().done === true,
  error: () => DUPLICATE_ITEMS,
}
/** How TypeBox writes a record whose keys may be any text. */
const ANY_KEY = '^.*$'

/**
 * The schema with patterns that take one look at a text, wherever it has some.
 *
 * @throws Error that tells where a pattern is none (`patternAt`), or is one of names of fields: who checks schemas reads those itself; or
 *   where a format is none that a text is looked at for (`checkFormat`)
 */
export function withLinearPatterns(schema: JsonSchema): JsonSchema {
  return linear(schema, '') as JsonSchema
}

function linear(schema: unknown, path: string): unknown {
  if (Array.isArray(schema)) return schema.map((each, index) => linear(each, pointer(path, index)))
  if (typeof schema !== 'object' || schema === null) return schema
  // what TypeBox keeps for itself is not enumerable, a check by a function too
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)) as Record<
    string,
    unknown
  >
  checkFormat(pointer(path, 'format'), copy['format'])
  if (typeof copy['pattern'] === 'string')
    copy['pattern'] = new LinearPattern(patternAt(pointer(path, 'pattern'), copy['pattern']))
  if (copy['uniqueItems'] === true) {
    delete copy['uniqueItems']
    copy[CHECKS] = [...((copy[CHECKS] as readonly object[] | undefined) ?? []), DIFFERENT_ITEMS]
  }
  for (const keyword of SCHEMAS)
    if (Object.hasOwn(copy, keyword)) copy[keyword] = linear(copy[keyword], pointer(path, keyword))
  for (const keyword of BY_NAME) {
    const named = copy[keyword]
    if (typeof named !== 'object' || named === null) continue
    const at = pointer(path, keyword)
    const other = Object.keys(named).find((name) => name !== ANY_KEY)
    if (keyword === 'patternProperties' && other !== undefined)
      throw new Error(`${at} has a pattern of names of fields, which is not supported: ${other}`)
    copy[keyword] = Object.fromEntries(
      Object.entries(named).map(([name, each]) => [name, linear(each, pointer(at, name))]),
    )
  }
  return copy
}

import { isAnnotation } from './schema-keywords.ts'

// What JSON Schema says in several ways, and columns in one.

/** A JSON Schema that is an object, as it was given. */
export type Given = Readonly<Record<string, unknown>>

export function isGiven(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What `anyOf` or `oneOf` comes to: one schema beside null, or texts. */
type Alternative =
  | { readonly schema: unknown; readonly index: number }
  | { readonly values: readonly string[] }

/** A schema that says "this or null", or one of some texts, in a longer way. */
export function alternative(given: Given, keyword: string): Alternative | undefined {
  const all = given[keyword]
  const isAlone = Object.entries(given).every(
    ([key, value]) => key === keyword || isAnnotation(key) || (key === 'type' && value === 'string'),
  )
  if (!Array.isArray(all) || all.length === 0 || !isAlone) return undefined
  const values = all.map((each) => (isOneText(each) ? each['const'] : undefined))
  if (values.every((value) => value !== undefined)) return { values: [...new Set(values)] }
  const index = all.findIndex((each) => !isNull(each))
  return all.length === 2 && index >= 0 && all.some(isNull) ? { schema: all[index], index } : undefined
}

function isOneText(schema: unknown): schema is { readonly const: string } {
  if (!isGiven(schema) || typeof schema['const'] !== 'string') return false
  return Object.entries(schema).every(
    ([key, value]) => key === 'const' || isAnnotation(key) || (key === 'type' && value === 'string'),
  )
}

const isNull = (schema: unknown): boolean => isGiven(schema) && schema['type'] === 'null'

/** Texts need no type where all that are allowed are named. */
export function typesOf({ type, enum: listed, const: only }: Given): readonly unknown[] {
  if (type !== undefined) return Array.isArray(type) ? (type as unknown[]) : [type]
  const values = Array.isArray(listed) ? withoutNull(listed) : only === undefined ? [] : [only]
  return values.length > 0 && values.every((value) => typeof value === 'string') ? ['string'] : []
}

export const withoutNull = (values: unknown): unknown[] =>
  (values as unknown[]).filter((value) => value !== null)

import { type Column, type JsonSchema } from '@tablestream/table-schema'

/** The rules of the contract that are left when the column's type is checked. */
export interface Rules {
  /** In characters (code points), of a text. */
  readonly minLength: number
  readonly maxLength: number
  /** The texts that are allowed, in UTF-8. */
  readonly values: readonly Uint8Array[] | undefined
  readonly minimum: number
  readonly maximum: number
  readonly exclusiveMinimum: number
  readonly exclusiveMaximum: number
  readonly multipleOf: number | undefined
  readonly minItems: number
  readonly maxItems: number
}

export const FREE: Rules = {
  minLength: 0,
  maxLength: Number.POSITIVE_INFINITY,
  values: undefined,
  minimum: Number.NEGATIVE_INFINITY,
  maximum: Number.POSITIVE_INFINITY,
  exclusiveMinimum: Number.NEGATIVE_INFINITY,
  exclusiveMaximum: Number.POSITIVE_INFINITY,
  multipleOf: undefined,
  minItems: 0,
  maxItems: Number.POSITIVE_INFINITY,
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const NUMBER = words('type const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf')
/** What is known here of a schema, by its type; '' is for one without. Whatever else it asks for is for the slow path. */
const KEYWORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  object: words('type properties required'),
  array: words('type items minItems maxItems'),
  string: words('type format enum const minLength maxLength'),
  integer: NUMBER,
  number: NUMBER,
  boolean: words('type'),
  '': words('enum const anyOf'),
}
/** These ask for nothing. */
const ANNOTATIONS = words(
  '$id $schema $comment title description default examples deprecated readOnly writeOnly',
)
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  object: 'RECORD',
}
const TEXT_TYPES: Readonly<Record<string, string>> = { 'date-time': 'TIMESTAMP', date: 'DATE' }

/** Whether the schema asks for nothing that is not known here. */
export function isKnown(schema: JsonSchema): boolean {
  const known = KEYWORDS[schema.type ?? '']
  return known !== undefined && Object.keys(schema).every((word) => known.has(word) || ANNOTATIONS.has(word))
}

/** undefined for a contract that asks for something that is not known here, or whose type is not the column's. */
export function rulesOf(
  { type, mode }: Pick<Column, 'type' | 'mode'>,
  schema: JsonSchema | undefined,
): Rules | undefined {
  if (!schema) return FREE
  const isRepeated = mode === 'REPEATED'
  if (isRepeated !== (schema.type === 'array')) return undefined
  if (!isRepeated) return rulesOfOne(type, schema)
  const items = schema.items && isKnown(schema) ? rulesOfOne(type, schema.items) : undefined
  const { minItems = FREE.minItems, maxItems = FREE.maxItems } = schema
  return items && { ...items, minItems, maxItems }
}

function rulesOfOne(type: Column['type'], schema: JsonSchema): Rules | undefined {
  if (!isKnown(schema)) return undefined
  if (schema.type === undefined || schema.type === 'string') return rulesOfText(type, schema)
  if (COLUMN_TYPES[schema.type] !== type) return undefined
  return type === 'INT64' || type === 'FLOAT64' ? rulesOfNumber(schema) : FREE
}

function rulesOfText(type: Column['type'], schema: JsonSchema): Rules | undefined {
  const { format, minLength = FREE.minLength, maxLength = FREE.maxLength } = schema
  const lists = [
    schema.enum,
    schema.const === undefined ? undefined : [schema.const],
    schema.anyOf?.map((each) => (asksForOneText(each) ? each.const : undefined)),
  ].filter((list) => list !== undefined)
  if (format !== undefined) {
    // a time is read as it stands: nobody counts its characters
    const isFree = lists.length === 0 && minLength <= 1 && maxLength === FREE.maxLength
    return isFree && TEXT_TYPES[format] === type ? FREE : undefined
  }
  const [allowed, ...others] = lists
  // two lists would both have to hold it; without a type and a list a value may be anything
  if (type !== 'STRING' || others.length > 0 || (schema.type === undefined && !allowed)) return undefined
  if (allowed?.some((value) => typeof value !== 'string')) return undefined
  return { ...FREE, minLength, maxLength, values: allowed?.map((value) => Buffer.from(value as string)) }
}

/** Nothing else than this: a length beside it may refuse it. */
function asksForOneText(schema: JsonSchema): boolean {
  const { const: _, type = 'string', ...others } = schema
  const rules = Object.keys(others).filter((keyword) => !ANNOTATIONS.has(keyword))
  return type === 'string' && rules.length === 0
}

function rulesOfNumber(schema: JsonSchema): Rules | undefined {
  const { const: only, multipleOf, ...others } = schema
  const {
    minimum = FREE.minimum,
    maximum = FREE.maximum,
    exclusiveMinimum = FREE.exclusiveMinimum,
    exclusiveMaximum = FREE.exclusiveMaximum,
  } = others
  const limits = { minimum, maximum, exclusiveMinimum, exclusiveMaximum }
  for (const limit of [...Object.values(limits), only ?? 0, multipleOf ?? 1])
    if (typeof limit !== 'number') return undefined
  const rules = { ...FREE, ...limits, multipleOf }
  if (only === undefined) return rules
  const value = only as number
  return { ...rules, minimum: Math.max(minimum, value), maximum: Math.min(maximum, value) }
}

/** Whether the rules surely allow the number: a multiple of a fraction, which doubles miss by a little, is for the slow path. */
export function allowsNumber(rules: Rules, value: number): boolean {
  return (
    value >= rules.minimum &&
    value <= rules.maximum &&
    value > rules.exclusiveMinimum &&
    value < rules.exclusiveMaximum &&
    (rules.multipleOf === undefined || value % rules.multipleOf === 0)
  )
}

/** Whether the rules allow the text that stands there in UTF-8. */
export function allowsText(rules: Rules, bytes: Uint8Array, start: number, end: number): boolean {
  const { minLength, maxLength, values } = rules
  // no character has less than a byte
  if (end - start < minLength) return false
  if ((minLength > 1 || end - start > maxLength) && !hasCharacters(rules, bytes, start, end)) return false
  return values === undefined || isOneOf(values, bytes, start, end)
}

function hasCharacters(
  { minLength, maxLength }: Rules,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  let characters = 0
  // each has one byte that goes on from no other
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) characters++
  return characters >= minLength && characters <= maxLength
}

function isOneOf(values: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): boolean {
  for (const value of values) {
    if (value.length !== end - start) continue
    let at = 0
    while (at < value.length && value[at] === bytes[start + at]) at++
    if (at === value.length) return true
  }
  return false
}

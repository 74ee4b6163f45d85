import { FORMATS } from '../judge/formats.ts'
import { readPattern } from '../judge/pattern.ts'

const words = (text: string): readonly string[] => text.split(' ')
const OF_NUMBERS = words('enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf')

/** What a contract may ask of a value, by its type: what can be told of one field by path, rule and value. */
export const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: words('properties required minProperties maxProperties additionalProperties dependentRequired'),
  array: words('items minItems maxItems uniqueItems'),
  string: words('enum const format pattern minLength maxLength'),
  integer: OF_NUMBERS,
  number: OF_NUMBERS,
  boolean: words('const'),
}

/** These ask for nothing. */
export const ANNOTATIONS = words(
  '$id $schema $comment title description default examples deprecated readOnly writeOnly',
)

/** What references point into. */
const DEFINITIONS = words('$defs definitions')

/** Whether a keyword asks for nothing; those with x- are words that JSON Schema leaves to others. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.includes(keyword) || DEFINITIONS.includes(keyword) || keyword.startsWith('x-')
}

type Wanted = readonly [is: (value: unknown, type: string) => boolean, words: string]

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const COUNT: Wanted = [
  (value) => Number.isInteger(value) && (value as number) >= 0,
  'must be a whole number from 0',
]
const NUMBER: Wanted = [isNumber, 'must be a number']
const BOOLEAN: Wanted = [(value) => typeof value === 'boolean', 'must be true or false']

const WANTED: Readonly<Record<string, Wanted>> = {
  properties: [isObject, 'must be an object'],
  required: [isTexts, 'must be an array of names'],
  dependentRequired: [
    (value) => isObject(value) && Object.values(value).every(isTexts),
    'must be an object of arrays of names',
  ],
  additionalProperties: BOOLEAN,
  uniqueItems: BOOLEAN,
  items: [isObject, 'must be a schema'],
  enum: [
    (values, type) =>
      Array.isArray(values) &&
      values.some((value) => value !== null) &&
      values.every((value) => value === null || isOfType(value, type)),
    'must be an array of values of its type',
  ],
  const: [isOfType, 'must be a value of its type'],
  format: [
    (format) => typeof format === 'string' && FORMATS.includes(format),
    `must be one of ${FORMATS.join(', ')}`,
  ],
  pattern: [
    isPattern,
    'must be a regular expression without look-around, references to groups, flags inside of it, and counts above 1000',
  ],
  minimum: NUMBER,
  maximum: NUMBER,
  exclusiveMinimum: NUMBER,
  exclusiveMaximum: NUMBER,
  multipleOf: [(value) => isNumber(value) && (value as number) > 0, 'must be a number above 0'],
}

/** What the value of a keyword has to be, where it is not; the others are counts. */
export function wrongValueOf(keyword: string, value: unknown, type: string): string | undefined {
  const [is, wanted] = WANTED[keyword] ?? COUNT
  return is(value, type) ? undefined : wanted
}

function isOfType(value: unknown, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    readPattern(value)
    return true
  } catch {
    return false
  }
}

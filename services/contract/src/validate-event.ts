import {
  dateDays,
  isArray,
  isObject,
  isRawNumber,
  timestampMicros,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import { Compile } from 'typebox/compile'
import Format from 'typebox/format'
import { CATALOGUE } from './known-types.ts'

/** One thing that is wrong with an event of a known type. */
export interface Problem {
  /** JSON pointer to the field: `/items/0/quantity`. */
  readonly path: string
  /** The rule that the value breaks, in JSON Schema's words: required, enum, type, minItems, format, minimum … */
  readonly rule: string
  /** What is asked for, in words. */
  readonly message: string
  /** The value that stands there; undefined where the field is missing. */
  readonly value: unknown
}

// what a column can hold decides, not what a looser format check lets through
Format.Set('date-time', (text) => timestampMicros(text) !== undefined)
Format.Set('date', (text) => dateDays(text) !== undefined)

const validators = new Map(CATALOGUE.map(({ type, schema }) => [type, Compile(schema)] as const))

/**
 * Every problem of an event by the contract of its type: none for a good event and for a type that is not known.
 * Fields that the contract does not name are never a problem. A field that is null is a field that is missing.
 */
export function validateEvent(eventType: string, event: JsonObject): readonly Problem[] {
  const validator = validators.get(eventType)
  if (!validator || validator.Check(event)) return []
  // the schemas know neither null for an absent field nor numbers of many digits: a second look at a copy without them
  const plain = withoutNulls(event)
  if (validator.Check(plain)) return []
  return validator.Errors(plain).flatMap((error) => problemsOf(error, event))
}

function withoutNulls(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (isRawNumber(value)) return roundedTo(value.rawJSON)
  if (isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const present = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(present.map(([key, field]) => [key, withoutNulls(field)]))
}

/** A double near the number; whole only where the number is. */
function roundedTo(text: string): number {
  const double = Number(text)
  return Number.isInteger(double) ? double + 0.5 : double
}

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

function problemsOf({ keyword, instancePath, params, message }: SchemaError, event: JsonObject): Problem[] {
  if (keyword === 'required' && 'requiredProperties' in params) {
    return (params.requiredProperties as string[]).map((field) => ({
      path: `${instancePath}/${field}`,
      rule: 'required',
      message: 'the field is missing',
      value: undefined,
    }))
  }
  const allowed =
    'allowedValues' in params ? `must be one of ${(params.allowedValues as string[]).join(', ')}` : message
  return [{ path: instancePath, rule: keyword, message: allowed, value: valueAt(event, instancePath) }]
}

function valueAt(event: JsonObject, path: string): unknown {
  let at: unknown = event
  for (const step of path.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at
}

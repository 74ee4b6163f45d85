import {
  isArray,
  isObject,
  isRawNumber,
  pointer,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import { Compile } from 'typebox/compile'
import { countsFields } from './counts-fields.ts'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { knownType } from '../known/known-types.ts'
import { brokenOwnRules, type OwnRules } from './own-rules.ts'
import type { Problem } from './problem.ts'
import { DUPLICATE_ITEMS } from './repeated-items.ts'
import { readRules } from './read-rules.ts'

interface Validator {
  readonly compiled: ReturnType<typeof Compile>
  /** What is not in `compiled`. */
  readonly own: OwnRules | undefined
  /** Whether a null may do for a field. */
  readonly takesNulls: boolean
}

const validators = new WeakMap<EventTypeDefinition, Validator>()

/** What checks events of a type; made when the first one comes. */
function validatorOf(eventType: string): Validator | undefined {
  const definition = knownType(eventType)
  if (!definition) return undefined
  let validator = validators.get(definition)
  if (!validator) {
    const { schema, own } = readRules(definition)
    const takesNulls = countsFields(definition.schema)
    validator = { compiled: Compile(schema as object), own, takesNulls }
    validators.set(definition, validator)
  }
  return validator
}

/**
 * What is wrong with an event by the contract of its type: nothing for a good event and for a type that is not known.
 * Fields that the contract does not name are never a problem. A field that is null is a field that is missing.
 */
export function validateEvent(eventType: string, event: JsonObject): readonly Problem[] {
  const validator = validatorOf(eventType)
  if (!validator) return []
  const { compiled, own, takesNulls } = validator
  const problems = takesNulls || !compiled.Check(event) ? problemsBy(compiled, event) : []
  return own ? [...problems, ...brokenOwnRules(own, event)] : problems
}

function problemsBy(compiled: Validator['compiled'], event: JsonObject): readonly Problem[] {
  // the schemas know neither null for an absent field nor numbers of many digits: a second look at a copy without them
  const plain = withoutNulls(event)
  if (compiled.Check(plain)) return []
  const problems = compiled.Errors(plain).flatMap((error) => problemsOf(error, event))
  // some rules are told of once for the object, and once for the field
  const each = new Map(problems.map((problem) => [`${problem.rule} ${problem.path}`, problem]))
  return [...each.values()]
}

function withoutNulls(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (isRawNumber(value)) return roundedTo(value.rawJSON)
  if (isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  // who checks schemas would take what every object has for a field: `toString`
  const present: Record<string, unknown> = Object.create(null)
  for (const [key, field] of Object.entries(value)) if (field !== null) present[key] = withoutNulls(field)
  return present
}

/** A double near the number; whole only where the number is. */
function roundedTo(text: string): number {
  const double = Number(text)
  return Number.isInteger(double) ? double + 0.5 : double
}

interface SchemaError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** A rule of an object about its fields is broken by fields: each is named. */
function problemsOf(error: SchemaError, event: JsonObject): Problem[] {
  const { keyword, schemaPath, instancePath, params, message } = error
  if (keyword === 'required' && 'requiredProperties' in params)
    return missing(params.requiredProperties as string[], error, 'the field is missing')
  if (keyword === 'dependentRequired' && 'dependencies' in params) {
    const { property, dependencies } = params as { property: string; dependencies: string[] }
    const absent = dependencies.filter((field) => isAbsent(event, pointer(instancePath, field)))
    return missing(absent, error, `the field is missing beside ${property}`)
  }
  if (keyword === 'additionalProperties' && 'additionalProperties' in params)
    return (params.additionalProperties as string[]).map((field) =>
      notNamed(pointer(instancePath, field), event),
    )
  if (keyword === 'boolean' && schemaPath.endsWith('/additionalProperties'))
    return [notNamed(instancePath, event)]
  // where it stands beside other schemas, it is a check by a function
  const rule = message === DUPLICATE_ITEMS ? 'uniqueItems' : keyword
  const allowed =
    'allowedValues' in params ? `must be one of ${(params.allowedValues as string[]).join(', ')}` : message
  return [{ path: instancePath, rule, message: allowed, value: valueAt(event, instancePath) }]
}

function missing(
  fields: readonly string[],
  { keyword, instancePath }: SchemaError,
  message: string,
): Problem[] {
  return fields.map((field) => ({
    path: pointer(instancePath, field),
    rule: keyword,
    message,
    value: undefined,
  }))
}

function notNamed(path: string, event: JsonObject): Problem {
  const message = 'the contract names no such field, and allows no other ones'
  return { path, rule: 'additionalProperties', message, value: valueAt(event, path) }
}

const isAbsent = (event: JsonObject, path: string): boolean => (valueAt(event, path) ?? null) === null

function valueAt(event: JsonObject, path: string): unknown {
  let at: unknown = event
  for (const step of path.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}

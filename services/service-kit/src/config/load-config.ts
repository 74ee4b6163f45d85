import Type, { type Static, type TObject } from 'typebox'
import { Value } from 'typebox/value'
import { ConfigurationError } from './configuration-error.ts'

/** The variables that every service reads. */
export const commonVariables = {
  PROJECT_ID: Type.String({ minLength: 1, description: 'Google Cloud project' }),
  ENVIRONMENT: Type.String({
    default: 'dev',
    minLength: 1,
    description: 'Name of the environment: dev, prod, …',
  }),
  REGION: Type.String({ default: 'us-central1', description: 'Google Cloud region' }),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    default: 'info',
    description: 'What is logged: this level and those above it',
  }),
  HOST: Type.String({ default: '0.0.0.0', description: 'Address to listen on' }),
}

/** What all who read events must know alike. */
export const eventVariables = {
  CONTRACTS: Type.String({
    default: '',
    description:
      'Contracts of event types: a folder of JSON Schema files, or a JSON object from file name to JSON Schema',
  }),
  TYPE_FIELD: Type.String({
    default: 'event_type',
    description: 'The field of an event that names its type: the same one for all services and commands',
  }),
}

export function portVariable(port: number) {
  return Type.Integer({
    default: port,
    minimum: 0,
    maximum: 65_535,
    description: 'HTTP port; 0 takes a free one',
  })
}

/**
 * Reads a service's variables by their schema: defaults filled in, numbers and booleans converted, frozen.
 *
 * @throws ConfigurationError that lists every problem at once, with the variable, the rule and the value
 */
export function loadConfig<Schema extends TObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Static<Schema>> {
  const given = Object.fromEntries(
    Object.keys(schema.properties).flatMap((name) => {
      const value = env[name]
      // an empty variable is how compose files and CI say "not set"
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
  const config = Value.Convert(schema, Value.Default(schema, given))
  const problems = Value.Errors(schema, config).flatMap((error) => {
    const missing = 'requiredProperties' in error.params ? error.params.requiredProperties : []
    if (missing.length > 0) return missing.map((name) => `${name} is not set`)
    const name = error.instancePath.slice(1)
    const allowed =
      'allowedValues' in error.params
        ? `must be one of ${error.params.allowedValues.join(', ')}`
        : error.message
    return [`${name} ${allowed}, but is "${given[name]}"`]
  })
  if (problems.length > 0) throw new ConfigurationError(`configuration: ${problems.join('; ')}`)
  return Object.freeze(config as Static<Schema>)
}

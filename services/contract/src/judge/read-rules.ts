import { columnsOfSchema, type JsonSchema } from '@tablestream/table-schema'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { withLinearPatterns } from './linear-patterns.ts'
import { ownRulesOf, withoutOwnRules, type OwnRules } from './own-rules.ts'

/** What a contract asks for, by who looks at it. */
export interface Rules {
  /** For who checks schemas. */
  readonly schema: JsonSchema
  /** undefined where there are none. */
  readonly own: OwnRules | undefined
}

/** @throws Error that names the contract, and where in it something is asked for that nobody can look at */
export function readRules({ type, schema }: EventTypeDefinition): Rules {
  return named(type, () => {
    const whole = schema as JsonSchema
    const own = ownRulesOf(whole)
    return { schema: withLinearPatterns(own ? withoutOwnRules(whole) : whole), own }
  })
}

/** @throws Error that names the contract, and what in it nobody can look at, or no column takes: each event of it would fail by that */
export function checkContract(definition: EventTypeDefinition): void {
  readRules(definition)
  named(definition.type, () => columnsOfSchema(definition.schema))
}

function named<T>(type: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`the contract of ${type}: ${(error as Error).message}`, { cause: error })
  }
}

import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'

const Policy = Type.Object(
  {
    /** `freeze`: no table is created; events without one are dead letters. */
    tables: Type.Enum(['evolve', 'freeze'], { default: 'evolve' }),
    /** What becomes of a value without a column: a new column, `_unmapped`, or the event is a dead letter. */
    columns: Type.Enum(['evolve', 'freeze', 'dead_letter'], { default: 'evolve' }),
    /** What becomes of a value that its column cannot hold. */
    types: Type.Enum(['unmapped', 'dead_letter'], { default: 'unmapped' }),
    /** Columns that the table may have at most, nested ones included. */
    column_limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 10_000 }),
    /** A new column is added once this many events ask for it, or one did so many minutes ago; until then: `_unmapped`. */
    quarantine: Type.Optional(
      Type.Object(
        {
          events: Type.Optional(Type.Integer({ minimum: 2 })),
          minutes: Type.Optional(Type.Number({ minimum: 0 })),
        },
        { additionalProperties: false, minProperties: 1 },
      ),
    ),
    /**
     * What makes an event count once that came twice: a view `<table>_deduplicated` beside the table, or rows that take
     * each other's place in the table itself, by BigQuery's upserts.
     */
    duplicates: Type.Enum(['view', 'upsert'], { default: 'view' }),
    /** What becomes of an event whose id another one has, of its type and source, with other bytes. Upserts replace. */
    collisions: Type.Enum(['dead_letter', 'keep'], { default: 'dead_letter' }),
    /**
     * What becomes of the offset of a timestamp that is not told in UTC, which a TIMESTAMP does not hold: dropped, or the text is
     * in `_unmapped`, by its path, beside the instant in the column.
     */
    offsets: Type.Enum(['drop', 'keep'], { default: 'drop' }),
    /** Queries must say which days they want. */
    require_partition_filter: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
)

/** How the table of an event type may change. */
export type EventPolicy = Readonly<Static<typeof Policy>>

/** The policies of all event types. */
export interface EventPolicies {
  of(eventType: string): EventPolicy
}

const DEFAULT = 'default'
const SETTINGS = Object.keys(Policy.properties).join(', ')

function pick(own: object): object {
  return Object.fromEntries(Object.entries(own).filter(([name]) => name in Policy.properties))
}

/**
 * Reads policies: a JSON object from event type to policy; `default` holds for the others, and what a policy leaves out is
 * taken from it.
 *
 * @throws Error that lists every problem with type, rule and value
 */
export function parsePolicies(json: string): EventPolicies {
  const given = json.trim() === '' ? {} : readObject(json)
  const common = given[DEFAULT] ?? {}
  const problems: string[] = []
  const policies = new Map(
    Object.entries({ [DEFAULT]: {}, ...given }).map(([type, own]) => {
      const unknown = Object.keys(own).filter((name) => !(name in Policy.properties))
      if (unknown.length > 0)
        problems.push(`${type} has no setting ${unknown.join(', ')}: the settings are ${SETTINGS}`)
      const policy = Value.Default(Policy, { ...common, ...pick(own) })
      for (const { instancePath, message, params } of Value.Errors(Policy, policy)) {
        const values = (params as { allowedValues?: string[] }).allowedValues
        const wanted = values === undefined ? message : `must be one of ${values.join(', ')}`
        problems.push(`${type}${instancePath} ${wanted}, but is ${JSON.stringify(own)}`)
      }
      return [type, Object.freeze(policy) as EventPolicy]
    }),
  )
  if (problems.length > 0) throw new Error(`event policies: ${problems.join('; ')}`)
  return { of: (eventType) => policies.get(eventType) ?? policies.get(DEFAULT)! }
}

function readObject(json: string): Record<string, object> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new Error(`event policies are no JSON: ${(error as Error).message}`, { cause: error })
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || Object.values(value as object).some((each) => typeof each !== 'object' || each === null)) {
    throw new Error(`event policies are an object from event type to policy, but are ${json.slice(0, 100)}`)
  }
  return value as Record<string, object>
}

import { registerHooks } from 'node:module'
import fc from 'fast-check'
import type { EventTypeDefinition } from '@tablestream/contract'
import type { JsonObject, JsonSchema } from '@tablestream/table-schema'

/** A schema of one field, with more of JSON Schema than the product's own contracts need, and values for it: good ones mostly. */
interface FieldOf {
  readonly schema: JsonSchema
  readonly value: fc.Arbitrary<unknown>
}

const LONG = 'a name that has more characters than a text of a request for a table keeps: x'
const small = fc.integer({ min: -3, max: 12 })
const orNone =
  (weight: number) =>
  <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const optional = orNone(3)
const rarely = orNone(15)
/** Without what is not asked for. */
const defined = (schema: object) =>
  Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined)) as JsonSchema
const oneOf = (...schemas: object[]) => fc.constantFrom(...schemas.map(defined))

const characters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€', '😀', '"', '\n'), maxLength: 90 })
const text = fc
  .record({
    minLength: optional(fc.constantFrom(0, 1, 2, 40, 65)),
    maxLength: optional(fc.constantFrom(0, 3, 70)),
    pattern: optional(fc.constantFrom('^.*$', '^[ab]', 'a{2}$')),
  })
  .map((rules): FieldOf => {
    const { minLength = 0, maxLength = 90 } = rules
    const near = [minLength - 1, minLength, maxLength, maxLength + 1].filter((length) => length >= 0)
    const exact = fc
      .constantFrom('a', 'é', '😀')
      .chain((one) => fc.constantFrom(...near.map((n) => one.repeat(n))))
    return { schema: defined({ type: 'string', ...rules }), value: fc.oneof(characters, exact) }
  })
/** Schemas with a value that each takes. */
const examples = (others: readonly unknown[], ...pairs: readonly (readonly [object, unknown])[]) =>
  fc.constantFrom(...pairs).map(([schema, good]): FieldOf => {
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.constant(good) },
      { weight: 1, arbitrary: fc.constantFrom(...others) },
    )
    return { schema: defined(schema), value }
  })
const listed = examples(
  [LONG, `${LONG}!`, 'a', 'b', 'é', '€'],
  [{ enum: ['a', LONG, `${LONG}!`, '€'] }, LONG],
  [{ type: 'string', enum: ['a', LONG], minLength: 2 }, LONG],
  [{ type: 'string', const: LONG }, LONG],
  [{ type: 'string', const: 'é', enum: ['é', 'b'] }, 'é'],
  [{ anyOf: [{ const: LONG }, { type: 'string', const: 'a' }] }, 'a'],
)
const UUID = '6f9619ff-8b86-4011-b42d-00c04fc964ff'
const formatted = examples(
  ['2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000+01:00', 'a', UUID],
  [{ type: 'string', format: 'date' }, '2026-01-01'],
  [{ type: 'string', format: 'date-time', minLength: 25 }, '2026-01-01T00:00:00.000000+01:00'],
  [{ type: 'string', format: 'date-time', description: 'when' }, '2026-01-01T00:00:00Z'],
  [{ type: 'string', format: 'uuid' }, UUID],
)
const number = fc
  .record({
    type: fc.constantFrom('integer', 'number'),
    minimum: optional(small),
    maximum: optional(fc.integer({ min: 5, max: 20 })),
    exclusiveMinimum: optional(small),
    exclusiveMaximum: optional(fc.constantFrom(10, 12.5)),
    multipleOf: optional(fc.constantFrom(1, 2, 3, 0.5, 0.01)),
    const: rarely(small),
  })
  .map((rules): FieldOf => {
    const numbers = [small, fc.constantFrom(0, -0, 0.5, 1.01, 12.5, 3e20, 5e-324, 20, 21)]
    return { schema: defined(rules), value: fc.oneof(...numbers) }
  })
const boolean = examples(
  [true, false],
  [{ type: 'boolean' }, false],
  [{ type: 'boolean', const: true }, true],
)
const scalar = fc.oneof(text, listed, formatted, number, number, boolean)

const list = (of: fc.Arbitrary<FieldOf>) =>
  fc
    .record({
      one: of,
      minItems: optional(fc.constantFrom(0, 1, 3, 5)),
      maxItems: optional(fc.constantFrom(2, 4, 8)),
      uniqueItems: rarely(fc.boolean()),
      contains: rarely(fc.constantFrom({ const: 4 }, { minLength: 65 })),
    })
    .map(({ one, ...rules }): FieldOf => {
      const same = fc.tuple(one.value, fc.nat(9)).map(([value, count]) => Array(count).fill(value))
      return {
        schema: defined({ type: 'array', items: one.schema, ...rules }),
        value: fc.oneof(same, fc.array(one.value, { maxLength: 9 })),
      }
    })

const KEYS = ['a', 'b', 'c', 'd']
const record = (of: fc.Arbitrary<FieldOf>) =>
  fc
    .record({
      fields: fc.array(of, { minLength: 1, maxLength: KEYS.length }),
      required: fc.subarray(KEYS),
      minProperties: rarely(fc.constantFrom(1, 2, 4)),
      maxProperties: rarely(fc.constantFrom(3, 6)),
      dependentRequired: rarely(fc.constant({ a: ['b'] })),
      additionalProperties: rarely(fc.boolean()),
      not: rarely(fc.constant({ required: ['d'] })),
    })
    .map(({ fields, required, ...rules }): FieldOf => {
      const keyed = fields.map((field, index) => [KEYS[index]!, field] as const)
      const properties = Object.fromEntries(keyed.map(([key, { schema }]) => [key, schema]))
      const values = Object.fromEntries(keyed.map(([key, { value }]) => [key, value]))
      const needed = required.filter((key) => key in properties)
      return {
        schema: defined({ type: 'object', properties, required: needed, ...rules }),
        value: fc.record({ ...values, z: fc.constantFrom(1, LONG) }, { requiredKeys: needed as 'z'[] }),
      }
    })
const nested = record(fc.oneof(scalar, list(scalar)))
const whole = record(fc.oneof({ weight: 3, arbitrary: scalar }, list(scalar), nested, list(nested)))
const envelope = fc.record({
  event_id: optional(
    oneOf({ type: 'string', minLength: 3 }, { type: 'integer' }, { type: 'string', pattern: 'a' }),
  ),
  event_date: optional(oneOf({ type: 'string', format: 'date' }, { type: 'string', maxLength: 9 })),
})

/** A contract for each of many event types, and its events: many of them are what it asks for. */
export interface AnyContract {
  readonly type: string
  readonly schema: JsonSchema
  readonly event: fc.Arbitrary<JsonObject>
}

/** Of the contracts of this run and their events; each test tells it, and SEED=… repeats it. */
export const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

export const CONTRACTS: readonly AnyContract[] = fc
  .sample(fc.tuple(whole, envelope), { numRuns: 300, seed: SEED })
  .map(([field, own], place) => {
    const type = `any_${place}`
    const properties: Record<string, JsonSchema> = {
      event_type: { type: 'string', const: type },
      ...field.schema.properties,
      ...(defined(own) as unknown as Record<string, JsonSchema>),
    }
    const required = ['event_type', ...(field.schema.required ?? [])]
    const mine = fc.record(
      {
        event_id: fc.constantFrom<unknown>('a', 'abc', 5, 'é'.repeat(3)),
        event_date: fc.constantFrom('2026-01-01', '2025-12-31'),
      },
      { requiredKeys: [] },
    )
    const event = fc
      .tuple(field.value, mine)
      .map(([value, ids]) => ({ event_type: type, ...(value as object), ...ids }) as JsonObject)
    return { type, schema: { ...field.schema, properties, required }, event }
  })

export const definitionOf = ({ type, schema }: Omit<AnyContract, 'event'>): EventTypeDefinition => ({
  type,
  table: `table_${type}`,
  schema: schema as unknown as EventTypeDefinition['schema'],
  timeField: 'timestamp',
  clusterBy: [],
})

/** Adds contracts to the catalogue. What reads the catalogue is to be imported after it, and not by an import statement. */
export function knowContracts(contracts: readonly Omit<AnyContract, 'event'>[]): void {
  const lines = contracts.map(
    (contract, place) => `export const own_${place} = ${JSON.stringify(definitionOf(contract))}`,
  )
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith('/contract/src/catalogue.ts')) return loaded
      return { ...loaded, source: [Buffer.from(loaded.source as Uint8Array).toString(), ...lines].join('\n') }
    },
  })
}

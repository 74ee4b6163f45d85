import fc from 'fast-check'
import type { JsonObject, JsonSchema } from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { CONTRACTS, knowContracts, SEED } from './any-contracts.ts'

/** What one field's schema is, whether its type goes by the byte path, and values that it takes and that it does not. */
type Case = readonly [schema: object, isFast: boolean, good: readonly unknown[], bad: readonly unknown[]]
const CASES: readonly Case[] = [
  [{ type: 'number', exclusiveMinimum: 0 }, true, [0.5, 5], [0, -0.5]],
  [{ type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }, true, [1, 9], [0, 10]],
  [{ type: 'integer', multipleOf: 5 }, true, [0, -10, 15], [1, 12]],
  [{ type: 'number', multipleOf: 0.5 }, true, [0.5, -3], [0.25]],
  [{ type: 'integer', const: 5 }, true, [5], [4, 6]],
  [{ type: 'string', const: 'é' }, true, ['é'], ['e']],
  [{ anyOf: [{ const: 'a' }, { type: 'string', const: 'b' }] }, true, ['a', 'b'], ['c']],
  [{ type: 'string', minLength: 3, maxLength: 4 }, true, ['abc', 'éé€😀'], ['ab', 'éé', 'abcde']],
  [
    { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 },
    true,
    [[1, 2, 3]],
    [[1], [1, 2, 3, 4]],
  ],
  [{ type: 'string', title: 'a', default: 'x', examples: ['y'] }, true, ['z'], [1]],
  [{ type: 'string', pattern: '^a' }, false, ['a'], ['b']],
  [{ type: 'string', format: 'uuid' }, false, ['6f9619ff-8b86-4011-b42d-00c04fc964ff'], ['a']],
  [{ type: 'string', format: 'date', enum: ['2026-01-01', 'x'] }, false, ['2026-01-01'], ['x']],
  [{ type: 'string', enum: ['a', 'b'], const: 'b' }, false, ['b'], ['a']],
  [{ type: 'integer', enum: [1, 2] }, false, [1], [3]],
  [{ type: 'boolean', const: true }, false, [true], [false]],
  [{ type: 'array', items: { type: 'integer' }, uniqueItems: true }, false, [[1, 2]], [[1, 1]]],
  [{ type: 'object', properties: { a: { type: 'integer' } }, minProperties: 1 }, false, [{ a: 1 }], [{}]],
]
const typed = (type: string, field: object): JsonSchema => ({
  type: 'object',
  required: ['event_type'],
  properties: { event_type: { type: 'string', const: type }, f: field },
})
const NAMED = CASES.map(([schema], place) => ({
  type: `case_${place}`,
  schema: typed(`case_${place}`, schema),
}))
const WHOLE = { type: 'whole', schema: { ...typed('whole', { type: 'integer' }), minProperties: 3 } }
const properties = {
  ...typed('ids', { type: 'integer' }).properties,
  event_id: { type: 'string', minLength: 3 },
}
const IDS = { type: 'ids', schema: { ...typed('ids', {}), properties } }
const OTHER = { type: 'other', schema: typed('another', { type: 'integer' }) }

knowContracts([...CONTRACTS, ...NAMED, WHOLE, IDS, OTHER])
const { destination } = await import('@tablestream/contract')
const { plan, toJsonText } = await import('@tablestream/table-schema')
const { compare, messageOf } = await import('./both-paths.ts')

/** Whether the event goes by the byte path; fails where that makes another row than the slow way. */
function goes(type: string, event: JsonObject): boolean {
  const { contract } = destination(type)
  const { columns } = plan(undefined, event, { contract })
  return compare(columns, type, messageOf(toJsonText(event)))
}

t.test('with any contract the byte path makes a row of nothing that the contract refuses', (t) => {
  t.comment(`SEED=${SEED}`)
  let rows = 0
  const one = fc
    .constantFrom(...CONTRACTS)
    .chain(({ type, schema, event }) => fc.tuple(fc.constant({ type, schema }), event))
  fc.assert(
    fc.property(one, ([{ type, schema }, event]) => {
      try {
        if (goes(type, event)) rows++
      } catch (error) {
        throw new Error(`contract ${JSON.stringify(schema)}`, { cause: error })
      }
    }),
    { seed: SEED, numRuns: cases(10_000) },
  )
  // how many depends on the contracts: 383 to 801 of 10,000 with eight seeds
  t.ok(rows > cases(50), `${rows} rows`)
  t.end()
})

t.test('which keywords of a contract the byte path knows', (t) => {
  for (const [place, [schema, isFast, good, bad]] of CASES.entries()) {
    const type = `case_${place}`
    for (const f of good)
      t.equal(
        goes(type, { event_type: type, f } as JsonObject),
        isFast,
        toJsonText({ schema, f } as JsonObject),
      )
    for (const f of bad)
      t.notOk(goes(type, { event_type: type, f } as JsonObject), toJsonText({ schema, f } as JsonObject))
  }
  t.end()
})

t.test('a rule of the whole event, of its id, or of its type is not passed over', (t) => {
  t.notOk(goes('whole', { event_type: 'whole', f: 1 }))
  t.notOk(goes('ids', { event_type: 'ids', f: 1, event_id: 'ab' }))
  t.ok(goes('ids', { event_type: 'ids', f: 1, event_id: 'abc' }))
  t.notOk(goes('other', { event_type: 'other', f: 1 }))
  t.end()
})

import assert from 'node:assert/strict'
import {
  parseJson,
  plan,
  planAll,
  type Column,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { exampleEvent } from '../src/example-event.ts'

const scalar = fc.constantFrom<JsonValue>(
  true,
  5,
  0.1,
  parseJson('12345678901234567890'),
  parseJson('1.00000000000000000001'),
  'text',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  '10:00:00',
  null,
)
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'C', 'é.x', 'k'.repeat(160)), tie('value'), { maxKeys: 3 }),
  ),
}))
const shape = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd/e', '__proto__'),
  value,
) as fc.Arbitrary<JsonObject>

/** Columns by their paths, in no order. */
function told(columns: readonly Column[], path = ''): string[] {
  return columns
    .flatMap(({ name, type, mode, fields = [] }) => [
      `${path}${name} ${type} ${mode}`,
      ...told(fields, `${path}${name}.`),
    ])
    .toSorted((a, b) => a.localeCompare(b))
}

t.test('one event asks for what all shapes ask for together', (t) => {
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 5 }), (shapes) => {
      const wanted = planAll(undefined, shapes).columns
      const asked = plan(undefined, exampleEvent(wanted, shapes)).columns
      assert.deepEqual(told(asked), told(wanted))
      return true
    }),
    { numRuns: 300 },
  )
  t.end()
})

t.test('a table that is there is asked for the column that is wider for all', (t) => {
  const known = plan(undefined, { n: 1, s: 'x' }).columns
  const shapes: JsonObject[] = [{ n: 1.5 }, { n: parseJson('12345678901234567890123456789012345') }, { s: 5 }]
  const asked = plan(known, exampleEvent(planAll(known, shapes).columns, shapes))
  t.match(asked.widened, [{ path: 'n', to: 'BIGNUMERIC' }])
  t.end()
})

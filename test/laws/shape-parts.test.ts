import fc from 'fast-check'
import {
  column,
  divideShape,
  parseJson,
  plan,
  planAll,
  shapeOf,
  toJsonText,
  type Column,
  type JsonObject,
} from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { event, eventOfArrays } from './events.ts'

/** A key that is longer than a part is in none of them. */
const anyEvent = fc
  .array(fc.oneof(event, eventOfArrays), { minLength: 1, maxLength: 8 })
  .map((several) => Object.fromEntries(several.map((one, n) => [`k${n}`, one])))
  .map((one) => parseJson(toJsonText(one).replaceAll('x'.repeat(400), 'x'.repeat(160))) as JsonObject)
const table = fc.oneof(
  fc.constant(undefined),
  anyEvent.map((one) => plan(undefined, one).columns),
)
/** Of keys that differ in case alone, the first one that comes has the plain name. */
const sorted = (columns: readonly Column[]): string =>
  JSON.stringify(
    columns
      .map(({ key, type, mode, fields }) => ({ key, type, mode, ...(fields && { fields: sorted(fields) }) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  )
const asJson = (part: JsonObject) => parseJson(toJsonText(part)) as JsonObject
const many = (count: number, value: (n: number) => unknown): JsonObject =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`a_key_of_some_length_${n}`, value(n)]),
  ) as JsonObject

t.test('the parts of a shape ask together for what the whole asks for, none takes more than it may', (t) => {
  let divided = 0
  fc.assert(
    fc.property(table, anyEvent, fc.integer({ min: 1500, max: 2500 }), (columns, one, most) => {
      const shape = shapeOf(one)
      const parts = divideShape(shape, columns, {}, most).map(asJson)
      if (parts.length > 1) divided++
      if (parts.some((part) => toJsonText(part).length > most)) return false
      const whole = plan(columns, shape)
      return (
        sorted(parts.length > 0 ? planAll(columns, parts).columns : whole.columns) === sorted(whole.columns)
      )
    }),
    { numRuns: cases(500) },
  )
  t.ok(divided > 2, `${divided} were divided`)
  t.end()
})

t.test('thousands of columns come by some requests, wherever they are', (t) => {
  const wide = {
    event_type: 'x',
    ...many(3000, (n) => `text ${n}`),
    record: { inner: many(250, (n) => ({ deep: n, text: 'x'.repeat(64) })) },
    list: Array.from({ length: 140 }, (_, n) => ({ [`key_${n}`]: n, [`other_${n}`]: 'x'.repeat(64) })),
    map: many(20_000, (n) => ({ n })),
  } as JsonObject
  const shape = shapeOf(wide)
  const parts = divideShape(shape, undefined, {}, 60_000)
  t.ok(parts.length < 15, `${parts.length} parts`)
  t.ok(parts.every((part) => toJsonText(part).length <= 60_000))
  t.equal(sorted(planAll(undefined, parts).columns), sorted(plan(undefined, shape).columns))
  t.end()
})

t.test('no part takes what the table requires for missing', (t) => {
  const fields = [column('id', 'STRING', { mode: 'REQUIRED' })]
  const columns = [
    ...plan(undefined, {}).columns,
    column('id', 'STRING', { mode: 'REQUIRED' }),
    column('items', 'RECORD', { mode: 'REPEATED', fields }),
  ]
  const items = Array.from({ length: 20 }, (_, n) => ({ id: String(n), ...many(20, (k) => k + n) }))
  const parts = divideShape(shapeOf({ id: '1', items, ...many(20, Number) }), columns, {}, 500)
  t.ok(parts.length > 3)
  for (const part of parts) t.same(plan(columns, part).relaxed, [])
  t.end()
})

t.test('what the contract of a type names is in every part', (t) => {
  const contract = [
    column('order_id', 'STRING'),
    column('items', 'RECORD', { mode: 'REPEATED', fields: [column('sku', 'STRING')] }),
  ]
  const parts = divideShape(
    { order_id: '1', items: [{ sku: 'a' }], ...many(30, Number) },
    undefined,
    { contract },
    400,
  )
  t.ok(parts.length > 1)
  for (const part of parts) t.match(part, { order_id: '1', items: [{ sku: 'a' }] })
  t.end()
})

t.test('a column whose key is longer than a part is asked for by none, and keeps none of the others', (t) => {
  const parts = divideShape({ a: 1, [`long ${'x'.repeat(5000)}`]: 1, b: 1 }, undefined, {}, 1000)
  t.same(parts, [{ a: 1 }, { b: 1 }])
  const only = { event_type: 'x', [`long ${'x'.repeat(5000)}`]: 1 }
  t.same(divideShape(only, undefined, {}, 1000), [{ event_type: 'x' }], 'the table alone')
  t.same(divideShape(only, plan(undefined, { event_type: 'x' }).columns, {}, 1000), [], 'the table is there')
  t.end()
})

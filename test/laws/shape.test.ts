import fc from 'fast-check'
import { judgeRequest } from '@tablestream/contract'
import {
  parseJson,
  plan,
  shapeOf,
  toJsonText,
  type Column,
  type JsonObject,
  type Plan,
} from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { event, eventOfArrays } from './events.ts'

const RUNS = { numRuns: cases(5000) }

/** As it comes to table-manager: as JSON. */
const sent = (one: JsonObject): JsonObject => parseJson(toJsonText(shapeOf(one))) as JsonObject

/** What a plan says, but for the values, and for which element of an array they are in. */
function told({ outcome, columns, added, relaxed, widened, conflicts }: Plan): string {
  const refusals = conflicts.map(({ path, reason, columnType, columnMode }) =>
    JSON.stringify([path.replaceAll(/\/[0-9]+(?=\/|$)/g, '/*'), reason, columnType, columnMode]),
  )
  return JSON.stringify([outcome, columns, added, relaxed, widened, [...new Set(refusals)].toSorted()])
}

const required = (columns: readonly Column[]): readonly Column[] =>
  columns.map((column) => ({
    ...column,
    ...(column.mode === 'NULLABLE' && { mode: 'REQUIRED' as const }),
    ...(column.fields && { fields: required(column.fields) }),
  }))

/** Around BigQuery's 15 levels of RECORDs, with arrays on the way or none. */
const deepEvent = fc
  .tuple(eventOfArrays, fc.integer({ min: 11, max: 17 }), fc.integer({ min: 0, max: 3 }))
  .map(([one, levels, arrays]) => {
    let value: JsonObject = one
    for (let level = 0; level < levels; level++)
      value = level % 4 < arrays ? { a: [value, { b: level }] } : { a: value }
    return value
  })
const anyEvent = fc.oneof(event, eventOfArrays, deepEvent)
/** No table, one that another event made, one whose columns are all REQUIRED. */
const table = fc.oneof(
  fc.constant(undefined),
  anyEvent.map((one) => plan(undefined, one).columns),
  anyEvent.map((one) => required(plan(undefined, one).columns)),
)
const options = fc.record(
  {
    columns: fc.constantFrom('evolve', 'freeze'),
    columnLimit: fc.integer({ min: 1, max: 20 }),
    admit: fc.constant((path: string) => !path.endsWith('a')),
    widen: fc.constant(() => false),
  },
  { requiredKeys: [] },
)

t.test('for any table the plan for the shape of an event is the plan for the event', (t) => {
  fc.assert(
    fc.property(table, anyEvent, options, (columns, one, how) => {
      const [whole, shape] = [plan(columns, one, how), plan(columns, sent(one), how)]
      return told(whole) === told(shape)
    }),
    RUNS,
  )
  t.end()
})

t.test('the shape of a shape is itself', (t) => {
  fc.assert(
    fc.property(anyEvent, (one) => toJsonText(shapeOf(shapeOf(one))) === toJsonText(shapeOf(one))),
    RUNS,
  )
  t.end()
})

t.test('the shape of a long order is short, and an event with the same id and day', (t) => {
  const item = { product_id: '1', product_name: 'x'.repeat(5000), quantity: 1, price: 1.5 }
  const order = {
    event_type: 'order',
    order_id: '1',
    customer_id: '2',
    order_date: '2026-01-01T00:00:00.000000+01:00',
    status: 'delivered',
    items: Array.from({ length: 1000 }, (_, n) => ({ ...item, product_id: String(n), sku: n })),
    total_amount: 12.5,
  }
  const message = {
    data: Buffer.from(toJsonText(shapeOf(order))),
    attributes: {},
    messageId: '1',
    publishTime: '2026-01-01T00:00:00Z',
  }
  t.match(judgeRequest(message), { outcome: 'event', eventId: '1', eventDate: '2025-12-31' })
  t.ok(message.data.length < 1000)
  t.end()
})

t.test('an id that is too long keeps its first 1,024 characters, and half of none', (t) => {
  const idOf = (id: string) => shapeOf({ event_type: 'x', event_id: id })['event_id']
  t.equal(idOf('9'.repeat(1024)), '9'.repeat(1024))
  t.equal(idOf('9'.repeat(1025)), '9'.repeat(1024))
  t.equal(idOf(`${'9'.repeat(1023)}😀`), '9'.repeat(1023))
  t.end()
})

t.test('texts, arrays and numbers of any length make a short shape', (t) => {
  const long = parseJson(
    `{"event_type":"x","text":"${'😀'.repeat(5000)}",
      "n":0.${'3'.repeat(5000)},"big":-1${'0'.repeat(5000)}.5,"zeros":12345678901234567890.5${'0'.repeat(5000)},
      "list":[${'1,'.repeat(5000)}2],"lists":[${'[1,{"a":2}],'.repeat(5000)}[]],"objects":[${'{"a":"2026-01-01"},'.repeat(5000)}{}]}`,
  ) as JsonObject
  const shape = toJsonText(shapeOf(long))
  t.ok(shape.length < 800, `${shape.length} characters`)
  t.ok(shape.isWellFormed())
  t.equal(told(plan(undefined, sent(long))), told(plan(undefined, long)))
  t.end()
})

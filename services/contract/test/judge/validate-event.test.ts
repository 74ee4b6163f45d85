import { parseJson, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { validateEvent } from '../../src/index.ts'

const order = (change: object = {}): JsonObject => ({
  event_type: 'order',
  order_id: 'o',
  customer_id: 'c',
  order_date: '2026-01-01T00:00:00Z',
  status: 'pending',
  items: [{ product_id: 'p', product_name: 'n', quantity: 1, price: 2 }],
  total_amount: 2,
  ...change,
})

t.test('a good event has no problem, and fields that are not known are none', (t) => {
  t.same(validateEvent('order', order()), [])
  t.same(validateEvent('order', order({ gift: { wrapped: true } })), [])
  t.same(validateEvent('never_heard_of', { event_type: 'never_heard_of' }), [])
  t.end()
})

t.test('each problem names path, rule and value', (t) => {
  const cases: [object, { path: string; rule: string; value?: unknown }][] = [
    [{ order_id: undefined }, { path: '/order_id', rule: 'required', value: undefined }],
    [{ order_id: null }, { path: '/order_id', rule: 'required' }],
    [{ status: 'lost' }, { path: '/status', rule: 'enum', value: 'lost' }],
    [{ items: [] }, { path: '/items', rule: 'minItems', value: [] }],
    [{ total_amount: '2' }, { path: '/total_amount', rule: 'type', value: '2' }],
    [{ order_date: '2026-01-01' }, { path: '/order_date', rule: 'format', value: '2026-01-01' }],
    [{ order_date: 5 }, { path: '/order_date', rule: 'type', value: 5 }],
    [{ shipping_address: { city: 'x' } }, { path: '/shipping_address/street', rule: 'required' }],
    [
      { items: [{ product_id: 'p', product_name: 'n', quantity: 1.5, price: 2 }] },
      { path: '/items/0/quantity', rule: 'type', value: 1.5 },
    ],
  ]
  for (const [change, wanted] of cases) {
    const event = JSON.parse(JSON.stringify(order(change))) as JsonObject
    t.match(validateEvent('order', event)[0], wanted, JSON.stringify(change))
  }
  t.equal(validateEvent('order', order({ status: 'x', items: [] })).length, 2, 'all of them at once')
  t.end()
})

t.test('null is absence: an optional field may be null', (t) => {
  t.same(validateEvent('order', order({ currency: null, shipping_address: null })), [])
  t.end()
})

t.test('the range of quantity_change is kept', (t) => {
  const inventory = (change: number) =>
    parseJson(
      `{"event_type":"inventory","inventory_id":"i","product_id":"p","warehouse_id":"w","quantity_change":${change},"reason":"sale","timestamp":"2026-01-01T00:00:00Z"}`,
    ) as JsonObject
  t.same(validateEvent('inventory', inventory(-100)), [])
  t.match(validateEvent('inventory', inventory(-101)), [
    { path: '/quantity_change', rule: 'minimum', value: -101 },
  ])
  t.end()
})

t.test('numbers of many digits are judged as numbers, and never as whole ones', (t) => {
  const item = (quantity: string, price: string) => {
    const text = JSON.stringify(
      order({ items: [{ product_id: 'p', product_name: 'n', quantity: 'Q', price: 'P' }] }),
    )
    return parseJson(text.replace('"Q"', quantity).replace('"P"', price)) as JsonObject
  }
  t.same(validateEvent('order', item('1', '12345678.123456789')), [])
  t.same(validateEvent('order', item('9007199254740993', '1e-400')), [])
  t.match(validateEvent('order', item('1.000000000000000005', '1')), [
    { path: '/items/0/quantity', rule: 'type' },
  ])
  t.end()
})

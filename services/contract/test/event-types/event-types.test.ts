import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { CATALOGUE, destination, knownType, takeRecord, validateEvent } from '../../src/index.ts'

const TIME = '2026-03-04T05:06:07Z'
const VEHICLE = { vin: '1HGCM82633A004352', make: 'Honda', model: 'Accord', year: 2024 }

/** One good event of each type, and the table that it lands in. */
const GOOD: Readonly<Record<string, readonly [table: string, event: JsonObject]>> = {
  auction_sale: [
    'auction_sales',
    {
      id_cliente: 'c-1',
      cliente: 'Ana Torres',
      genero: 'F',
      id_producto: 'p-1',
      producto: 'reloj de pared',
      precio: 120.5,
      cantidad: 2,
      monto: 241,
      forma_pago: 'tarjeta',
      fecreg: TIME,
    },
  ],
  user_event: [
    'user_events_streaming',
    { event_id: 'e-1', customer_id: 'c-1', user_event_type: 'click', event_timestamp: TIME },
  ],
  purchase: [
    'staging_purchase',
    {
      event_id: 'e-1',
      partner_id: 'pa-1',
      customer_id: 'c-1',
      vehicle: VEHICLE,
      dealer_id: 'd-1',
      price: 25_000.5,
      currency: 'USD',
      event_timestamp: TIME,
    },
  ],
  cancellation: [
    'staging_cancellation',
    {
      event_id: 'e-2',
      partner_id: 'pa-1',
      customer_id: 'c-1',
      purchase_id: 'e-1',
      reason: 'financing refused',
      event_timestamp: TIME,
    },
  ],
  customer: [
    'customers',
    {
      event_id: 'c-1/1',
      customer_id: 'c-1',
      name: 'Ana Torres',
      country: 'AR',
      signed_up_at: TIME,
      updated_at: TIME,
    },
  ],
  product: [
    'products',
    {
      event_id: 'p-1/1',
      product_id: 'p-1',
      product_name: 'Clock',
      category: 'Home',
      price: 12.5,
      updated_at: TIME,
    },
  ],
  transaction: [
    'transactions',
    {
      event_id: 't-1',
      transaction_id: 't-1',
      order_id: 'o-1',
      customer_id: 'c-1',
      amount: 12.5,
      currency: 'USD',
      payment_method: 'paypal',
      transaction_timestamp: TIME,
    },
  ],
}

for (const [type, [table, fields]] of Object.entries(GOOD)) {
  const event: JsonObject = { event_type: type, ...fields }
  t.test(type, (t) => {
    t.equal(destination(type).table, table)
    t.same(validateEvent(type, event), [])
    for (const field of Object.keys(fields)) {
      const { [field]: _, ...without } = event
      t.match(validateEvent(type, without), [{ path: `/${field}`, rule: 'required' }], `without ${field}`)
      for (const wrong of [{ a: 1 }, [1]])
        t.match(validateEvent(type, { ...event, [field]: wrong })[0], { path: RegExp(`^/${field}`) }, field)
    }
    t.end()
  })
}

t.test('ids and names of kinds are not empty', (t) => {
  const cases: [string, string][] = [
    ['user_event', 'event_id'],
    ['user_event', 'user_event_type'],
    ['purchase', 'partner_id'],
    ['cancellation', 'reason'],
  ]
  for (const [type, field] of cases) {
    const event = { event_type: type, ...GOOD[type]![1], [field]: '' }
    t.match(validateEvent(type, event), [{ path: `/${field}`, rule: 'minLength', value: '' }])
  }
  t.end()
})

t.test('a record by the door of its type: the type is the envelope’s, and its own is kept beside it', (t) => {
  const record = { event_id: 'e-1', customer_id: 'c-1', event_type: 'click', event_timestamp: TIME }
  const taken = takeRecord('user_event', record)
  t.match(taken, { outcome: 'event', event: { event_type: 'user_event', user_event_type: 'click' } })
  if (taken.outcome === 'event') t.same(validateEvent('user_event', taken.event), [])
  t.match(takeRecord('order', { order_id: '1' }), { event: { event_type: 'order', order_id: '1' } })
  t.match(takeRecord('order', { event_type: null }), { event: { event_type: 'order' } })
  t.match(takeRecord('order', { event_type: 'inventory' }), {
    outcome: 'problem',
    problem: { path: '/event_type', rule: 'const', value: 'inventory' },
  })
  t.match(takeRecord('user_event', { ...record, user_event_type: 'view' }), {
    outcome: 'problem',
    problem: { path: '/event_type', value: 'click' },
  })
  t.end()
})

t.test('every type of the catalogue names fields that its schema has', (t) => {
  for (const { type, schema, timeField, recordType } of CATALOGUE) {
    t.equal(knownType(type)?.type, type)
    t.ok(timeField !== undefined && timeField in schema.properties, `${type}.${timeField}`)
    if (recordType !== undefined) t.ok(recordType in schema.properties, `${type}.${recordType}`)
    t.match(schema.properties['event_type'], { const: type })
  }
  t.equal(new Set(CATALOGUE.map(({ table }) => table)).size, CATALOGUE.length, 'a table each')
  t.end()
})

import { plan, toJsonText, type JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import {
  CATALOGUE,
  destination,
  judge,
  judgeRequest,
  askingMessage,
  knownType,
  parseContracts,
  requestsOf,
  takeRecord,
  TYPE_FIELD,
  typeField,
  useContracts,
  useTypeField,
  validateEvent,
  type Message,
} from '../../src/index.ts'

t.afterEach(() => useTypeField(TYPE_FIELD))

const messageOf = (event: object, attributes: Record<string, string> = {}): Message => ({
  data: Buffer.from(JSON.stringify(event)),
  attributes,
  messageId: 'm-1',
  publishTime: '2026-03-04T10:00:00Z',
})

t.test(
  'an event names its type in the field that the process was told of, and the usual one says nothing',
  (t) => {
    t.match(judge(messageOf({ event_type: 'view', kind: 'x' })), { outcome: 'event', eventType: 'view' })
    useTypeField('kind')
    t.equal(typeField(), 'kind')
    t.match(judge(messageOf({ kind: 'view', event_type: 'x' })), {
      outcome: 'event',
      eventType: 'view',
      event: { kind: 'view', event_type: 'x' },
    })
    t.match(judge(messageOf({ event_type: 'view' }, { event_type: 'view' })), {
      outcome: 'rejected',
      reason: 'no_event_type',
      path: '/kind',
      value: '',
      message: 'an event names its type in `kind`, a non-empty string',
      eventType: 'view',
    })
    t.match(judge(messageOf({ kind: 7 })), { reason: 'no_event_type', path: '/kind', value: '7' })
    const long = 'x'.repeat(1025)
    t.match(judge(messageOf({ kind: long })), {
      reason: 'event_type_too_long',
      path: '/kind',
      message: /`kind` has at most/,
    })
    t.end()
  },
)

t.test('a name that no such field can have is refused, and the one before stays', (t) => {
  const wrong: [string, RegExp][] = [
    ['', /^"" names no field: the default is event_type$/],
    ['  ', /^" {2}" names no field/],
    ['meta.kind', /^"meta\.kind" can be no field at the top of an event and a column of the same name/],
    ['/meta/kind', /can be no field at the top/],
    ['$.kind', /can be no field at the top/],
    ['ce-type', /can be no field at the top/],
    ['1st', /no digit first/],
    ['k'.repeat(151), /150 at most/],
    ['_partition_kind', /can be no field at the top/],
    ['__proto__', /can be no field at the top/],
    ['constructor', /can be no field at the top/],
    ['event_id', /^"event_id" is a column that every table has with another meaning$/],
    ['Event_Date', /is a column that every table has/],
    ['processed_timestamp', /is a column that every table has/],
    ['_unmapped', /is a column that every table has/],
    ['_source', /is a column that every table has/],
  ]
  useTypeField('kind')
  for (const [name, message] of wrong) {
    t.throws(() => useTypeField(name), { message }, name)
    t.equal(typeField(), 'kind')
  }
  for (const name of ['type', 'eventName', 'Kind', 'k'.repeat(150), 'order', 'select']) {
    useTypeField(name)
    t.match(judge(messageOf({ [name]: 'view' })), { outcome: 'event', eventType: 'view' })
  }
  t.end()
})

t.test('a record that comes by the door of a type gets it in this field', (t) => {
  useTypeField('kind')
  t.same(takeRecord('view', { url: '/', event_type: 'mine' }), {
    outcome: 'event',
    event: { url: '/', event_type: 'mine', kind: 'view' },
  })
  t.match(takeRecord('view', { kind: 'click' }), {
    outcome: 'problem',
    problem: {
      path: '/kind',
      message: 'must be "view" or left out, as the event comes by the door of this type',
    },
  })
  t.match(takeRecord('user_event', { kind: 'click' }), {
    event: { kind: 'user_event', user_event_type: 'click' },
  })
  t.end()
})

t.test(
  'the contracts of the catalogue ask for the type in this field, and for everything else as before',
  (t) => {
    const before = new Map(CATALOGUE.map(({ type }) => [type, destination(type)]))
    useTypeField('kind')
    for (const { type, clusterBy, schema } of CATALOGUE) {
      const { table, clusterBy: clusters, contract } = destination(type)
      t.same(clusters, clusterBy)
      t.equal(table, before.get(type)!.table)
      const renamed = before
        .get(type)!
        .contract.map((column) =>
          column.key === 'event_type' ? { ...column, name: 'kind', key: 'kind' } : column,
        )
      t.same(contract, renamed)
      const missing = validateEvent(type, { kind: type }).map(({ path }) => path)
      const required = schema.required.filter((name) => name !== 'event_type').map((name) => `/${name}`)
      t.same(new Set(missing), new Set(required))
      t.ok(validateEvent(type, { kind: 'another' }).some(({ path }) => path === '/kind'))
    }
    t.end()
  },
)

t.test('a type of the catalogue that has such a field with another meaning is not known', (t) => {
  useTypeField('status')
  t.equal(knownType('order'), undefined)
  t.ok(knownType('inventory'))
  t.match(judge(messageOf({ status: 'order' })), { outcome: 'event', eventType: 'order' })
  useTypeField(TYPE_FIELD)
  t.ok(knownType('order'))
  t.end()
})

t.test('a contract of a file is one of events that name their type in this field', (t) => {
  useTypeField('kind')
  const properties = { amount: { type: 'number' } }
  const file = (schema: object) => [{ name: 'refund.json', text: JSON.stringify(schema) }]
  useContracts(
    parseContracts(file({ type: 'object', required: ['amount'], properties, additionalProperties: false })),
  )
  t.same(
    destination('refund').contract.map(({ name, mode }) => [name, mode]),
    [
      ['kind', 'REQUIRED'],
      ['amount', 'REQUIRED'],
    ],
  )
  t.match(judge(messageOf({ kind: 'refund', amount: 1 })), { outcome: 'event' })
  t.match(judge(messageOf({ kind: 'refund', amount: 1, event_type: 'refund' })), { path: '/event_type' })
  const other = { type: 'object', properties: { ...properties, kind: { const: 'other', type: 'string' } } }
  t.throws(() => parseContracts(file(other)), /refund\.json#\/properties\/kind takes no "refund"/)
  t.end()
})

t.test('each request for a table names the type in this field, however long it is', (t) => {
  useTypeField('kind')
  const kind = 'k'.repeat(1000)
  const wide = Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`field_${n}_${'x'.repeat(80)}`, n]))
  for (const event of [
    { kind, a: 1 },
    { kind, ...wide },
  ] as JsonObject[]) {
    const requests = requestsOf(messageOf(event), event, undefined, {})
    for (const { data, attributes } of requests) {
      const asking = askingMessage({ data, attributes, messageId: 'r', publishTime: '2026-03-04T11:00:00Z' })
      t.match(judgeRequest(asking), { outcome: 'event', eventType: kind })
    }
  }
  const [request] = requestsOf(messageOf({ kind }), { kind }, undefined, {})
  t.equal(request!.data.toString(), toJsonText({ kind }))
  t.ok(requestsOf(messageOf({ kind, ...wide }), { kind, ...wide }, undefined, {}).length > 1)
  t.match(plan(undefined, { kind }).columns.at(-1), { name: 'kind', type: 'STRING' })
  t.end()
})

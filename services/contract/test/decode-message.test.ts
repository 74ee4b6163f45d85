import fc from 'fast-check'
import t from 'tap'
import { decodeMessage, type Message } from '../src/index.ts'

const message = (data: string | Uint8Array, attributes: Record<string, string> = {}): Message => ({
  data: Buffer.from(data as string),
  attributes,
  messageId: 'm-1',
  publishTime: '2026-03-04T23:59:59.999Z',
})
const event = (json: object, attributes = {}) => decodeMessage(message(JSON.stringify(json), attributes))

t.test('event_id: the event’s own, else the CloudEvent’s, else the message’s', (t) => {
  t.match(event({ event_type: 'x', event_id: 'own' }, { 'ce-id': 'ce' }), { eventId: 'own' })
  t.match(event({ event_type: 'x', event_id: 42 }), { eventId: '42' })
  t.match(event({ event_type: 'x' }, { 'ce-id': 'ce' }), { eventId: 'ce' })
  t.match(event({ event_type: 'x' }), { eventId: 'm-1' })
  t.match(event({ event_type: 'x', event_id: { a: 1 } }), {
    eventId: 'm-1',
    leftOver: { '/event_id': { a: 1 } },
  })
  t.end()
})

t.test('event_date: the event’s own, else the UTC day of its time, else of its publish time', (t) => {
  t.match(event({ event_type: 'x', event_date: '2020-01-01' }), { eventDate: '2020-01-01' })
  t.match(event({ event_type: 'inventory', timestamp: '2020-01-01T23:30:00-02:00' }), {
    eventDate: '2020-01-02',
  })
  t.match(event({ event_type: 'x', timestamp: '2019-05-05T00:00:00Z' }), { eventDate: '2019-05-05' })
  t.match(event({ event_type: 'x' }, { 'ce-time': '2018-01-01T00:00:00Z' }), { eventDate: '2018-01-01' })
  t.match(event({ event_type: 'x' }), { eventDate: '2026-03-04' })
  t.match(event({ event_type: 'x', event_date: 'soon' }), {
    eventDate: '2026-03-04',
    leftOver: { '/event_date': 'soon' },
  })
  t.end()
})

t.test(
  'a day that BigQuery takes no streamed rows for is kept in _unmapped, and the publish day is the partition',
  (t) => {
    t.match(event({ event_type: 'x', event_date: '2016-03-05' }), { eventDate: '2026-03-04' })
    t.match(event({ event_type: 'x', event_date: '2016-03-08' }), { eventDate: '2016-03-08' })
    t.match(event({ event_type: 'x', event_date: '1999-01-01' }), {
      eventDate: '2026-03-04',
      leftOver: { '/event_date': '1999-01-01' },
    })
    t.match(event({ event_type: 'x', event_date: '2027-03-05' }), { eventDate: '2026-03-04' })
    t.match(event({ event_type: 'x', timestamp: '1999-01-01T00:00:00Z' }), {
      eventDate: '2026-03-04',
      leftOver: {},
    })
    t.end()
  },
)

t.test('what is no event is told with its reason', (t) => {
  const cases: [string | Uint8Array, object][] = [
    ['', { reason: 'not_json' }],
    ['{', { reason: 'not_json', value: '{' }],
    [new Uint8Array([0xff]), { reason: 'not_utf8' }],
    ['null', { reason: 'not_an_object' }],
    ['"x"', { reason: 'not_an_object' }],
    ['{}', { reason: 'no_event_type', path: '/event_type', value: '' }],
    ['{"event_type":" "}', { reason: 'no_event_type', value: '" "' }],
    ['{"event_type":["x"]}', { reason: 'no_event_type', value: '["x"]' }],
    ['{"event_type":"x","a":[{"b":"\\udc00"}]}', { reason: 'not_unicode', path: '/a/0/b' }],
    ['{"event_type":"x","\\ud800":1}', { reason: 'not_unicode' }],
  ]
  for (const [data, wanted] of cases)
    t.match(decodeMessage(message(data)), { outcome: 'rejected', ...wanted }, String(data))
  t.equal(
    event({ event_type: 'x', ok: '\u{1F600}' }).outcome,
    'event',
    'a whole pair of surrogates is a character',
  )
  t.end()
})

t.test('no bytes make it throw', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => typeof decodeMessage(message(bytes)).outcome === 'string'),
    ),
  )
  t.end()
})

import t from 'tap'
import { decodeMessage, type Message } from '../../src/index.ts'

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

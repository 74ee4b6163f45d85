import t from 'tap'
import { plan, type JsonObject } from '@tablestream/table-schema'
import {
  askingMessage,
  judge,
  requestsOf,
  tableAskedFor,
  type Message,
  type SchemaRequest,
} from '../../src/index.ts'

const asking: Message = {
  data: Buffer.from('{"event_type":"page_view","ms":1}'),
  attributes: {
    'ce-source': '/web',
    'ce-time': '2026-01-01T00:00:00Z',
    'tablestream-caller': 'key:web',
    googclient_schemaencoding: 'JSON',
    ...Object.fromEntries(Array.from({ length: 94 }, (_, n) => [`own-${n}`, 'x'])),
  },
  messageId: 'm-7',
  publishTime: '2026-01-01T00:00:01.000Z',
}
const requestOf = (message: Message): SchemaRequest => {
  const [request, ...others] = requestsOf(
    message,
    JSON.parse(String(message.data)) as JsonObject,
    undefined,
    {},
  )
  t.same(others, [])
  return request!
}
const delivered = (request: SchemaRequest): Message => ({
  ...request,
  messageId: 'of the request',
  publishTime: '2026-01-02T00:00:00.000Z',
})

t.test('a request is judged as the message that asks: its id, its source, its day', (t) => {
  const again = askingMessage(delivered(requestOf(asking)))
  t.same(judge(again), judge(asking))
  t.match(judge(again), { outcome: 'event', eventId: 'm-7', source: 'key:web /web', eventDate: '2026-01-01' })
  t.end()
})

t.test('it has few attributes, however many the message has', (t) => {
  const { attributes } = requestOf(asking)
  t.same(Object.keys(attributes).toSorted(), [
    'asked-by-message-id',
    'asked-by-publish-time',
    'asked-for-table',
    'ce-source',
    'ce-time',
    'tablestream-caller',
  ])
  t.end()
})

t.test('it says in which table the event is to land', (t) => {
  t.equal(tableAskedFor(requestOf(asking)), 'page_view')
  t.equal(tableAskedFor(requestOf({ ...asking, data: Buffer.from('{"event_type":"order"}') })), 'orders')
  t.equal(tableAskedFor(asking), undefined)
  t.end()
})

t.test('it carries the shape of the event, and none of its long texts', (t) => {
  const event = {
    event_type: 'page_view',
    event_id: 'e-1',
    text: 'secret '.repeat(100_000),
    list: Array(5000).fill(1),
  }
  const { data } = requestOf({ ...asking, data: Buffer.from(JSON.stringify(event)) })
  t.ok(data.length < 300, `${data.length} bytes`)
  t.match(judge(askingMessage(delivered({ data, attributes: {} }))), { outcome: 'event', eventId: 'e-1' })
  t.end()
})

t.test(
  'an event of thousands of columns makes requests that Eventarc takes, base64 and attributes included',
  (t) => {
    const keys = Array.from({ length: 9000 }, (_, n) => [
      `a_key_that_is_neither_short_nor_long_${n}`,
      `${n} `.repeat(50),
    ])
    const event = { event_type: 'page_view', ...Object.fromEntries(keys) } as JsonObject
    const requests = requestsOf({ ...asking, data: Buffer.from(JSON.stringify(event)) }, event, undefined, {})
    t.ok(requests.length > 2 && requests.length < 8, `${requests.length} requests`)
    for (const request of requests) {
      const body = {
        message: { ...request, data: request.data.toString('base64') },
        subscription: 'x'.repeat(255),
      }
      t.ok(JSON.stringify(body).length < 400_000)
    }
    const parts = requests.map((request) => judge(askingMessage(delivered(request))))
    let columns: ReturnType<typeof plan>['columns'] | undefined
    for (const part of parts) if (part.outcome === 'event') ({ columns } = plan(columns, part.event))
    t.equal(plan(columns, event).outcome, 'fits')
    t.end()
  },
)

t.test('a message that is no request is itself', (t) => {
  t.equal(askingMessage(asking), asking)
  t.end()
})

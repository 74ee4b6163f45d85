import t from 'tap'
import { askingMessage, judge, requestOf, type Message } from '../src/index.ts'

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
const delivered = (request: ReturnType<typeof requestOf>): Message => ({
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
    'ce-source',
    'ce-time',
    'tablestream-caller',
  ])
  t.end()
})

t.test('a message that is no request is itself', (t) => {
  t.equal(askingMessage(asking), asking)
  t.end()
})

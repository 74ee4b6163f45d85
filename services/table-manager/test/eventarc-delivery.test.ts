import { HTTP, type CloudEvent } from 'cloudevents'
import t from 'tap'
import { readDelivery } from '../src/eventarc-delivery.ts'

const headers = {
  'content-type': 'application/json',
  'ce-id': '1',
  'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
}
const body = (message: object) => ({ subscription: 's', message })
const DATA = Buffer.from('{"event_type":"x"}')
const MESSAGE = { data: DATA.toString('base64'), messageId: '1', publishTime: '2026-01-01T00:00:00Z' }

t.test('our reading of a CloudEvent and the cloudevents package agree', (t) => {
  const payload = body(MESSAGE)
  const theirs = HTTP.toEvent({ headers, body: payload }) as CloudEvent<{ message: typeof MESSAGE }>
  t.ok(theirs.validate())
  t.same(readDelivery(headers, payload), {
    outcome: 'message',
    message: {
      data: DATA,
      attributes: {},
      messageId: theirs.data!.message.messageId,
      publishTime: MESSAGE.publishTime,
    },
  })
  t.end()
})

t.test('attributes are texts, and may be missing', (t) => {
  for (const attributes of [{ a: 'b' }, {}])
    t.match(readDelivery(headers, body({ ...MESSAGE, attributes })), { message: { attributes } })
  t.match(readDelivery(headers, body({ ...MESSAGE, attributes: null })), { message: { attributes: {} } })
  t.match(readDelivery(headers, body({ messageId: '1' })), { message: { data: Buffer.alloc(0) } })
  t.end()
})

t.test('base64 is read as it was written: with padding, without, and long', (t) => {
  for (const length of [0, 1, 2, 3, 1000, 100_001]) {
    const data = Buffer.alloc(length, 'ab/+')
    for (const text of [data.toString('base64'), data.toString('base64').replace(/=+$/, '')])
      t.match(readDelivery(headers, body({ ...MESSAGE, data: text })), { message: { data } })
  }
  for (const data of ['***', 'a-b_', 'YQ==YQ==', 'YWI=\n', 'é'])
    t.match(
      readDelivery(headers, body({ ...MESSAGE, data })),
      { outcome: 'malformed', problem: /no base64/ },
      data,
    )
  t.end()
})

import assert from 'node:assert/strict'
import { protos } from '@google-cloud/pubsub'
import fc from 'fast-check'
import t from 'tap'
import { readPulledMessages } from '../../src/pull/pulled-message.ts'
import { IdRequests } from '../../src/pull/id-requests.ts'
import { idsOf, pullResponse } from './fake-pull-call.ts'

const { StreamingPullResponse } = protos.google.pubsub.v1
const text = fc.string({ unit: 'grapheme', maxLength: 300 })

t.test('every message is read as Google’s own code wrote it', (t) => {
  const received = fc.record({
    ackId: fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
    deliveryAttempt: fc.nat(),
    message: fc.record({
      data: fc.uint8Array({ maxLength: 1000 }),
      attributes: fc.dictionary(fc.oneof(fc.constant('ce-id'), text), text, { noNullPrototype: true }),
      messageId: fc.string({ maxLength: 20 }),
      publishTime: fc.record({ seconds: fc.nat(4e9), nanos: fc.nat(999_999_999) }),
      orderingKey: text,
    }),
  })
  fc.assert(
    fc.property(fc.array(received, { maxLength: 5 }), (messages) => {
      const read = readPulledMessages(pullResponse(messages))
      assert.equal(read.messages.length, messages.length)
      read.messages.forEach((message, index) => {
        const wanted = messages[index]!
        const { seconds, nanos } = wanted.message.publishTime
        const request = new IdRequests('acknowledge')
        request.add(read.ackIds, index)
        assert.deepEqual(idsOf('acknowledge', request.shift()!.ids), [wanted.ackId])
        assert.equal(read.deliveryAttempts[index], wanted.deliveryAttempt)
        assert.deepEqual(new Uint8Array(message.data), wanted.message.data)
        assert.deepEqual(Object.entries(message.attributes), Object.entries(wanted.message.attributes))
        assert.equal(message.attribute!('ce-id'), wanted.message.attributes['ce-id'])
        assert.equal(message.messageId, wanted.message.messageId)
        assert.equal(message.publishTime, new Date(seconds * 1000 + Math.floor(nanos / 1e6)).toISOString())
      })
    }),
  )
  t.end()
})

t.test('other fields of a response are passed over, and an empty one has no messages', (t) => {
  const other = StreamingPullResponse.encode({
    subscriptionProperties: { exactlyOnceDeliveryEnabled: false },
    acknowledgeConfirmation: { ackIds: ['x'] },
  }).finish()
  for (const bytes of [Buffer.from(other), Buffer.alloc(0)]) t.same(readPulledMessages(bytes).messages, [])
  t.end()
})

t.test('a response that is cut off is an error', (t) => {
  const whole = pullResponse([{ ackId: 'a', message: { data: Buffer.from('data'), messageId: '1' } }])
  for (let end = 1; end < whole.length; end++) t.throws(() => readPulledMessages(whole.subarray(0, end)))
  t.end()
})

t.test('an attribute may be called __proto__', (t) => {
  // a map entry: key, value
  const entry = Buffer.concat([
    Buffer.from([10, 9]),
    Buffer.from('__proto__'),
    Buffer.from([18, 1]),
    Buffer.from('v'),
  ])
  const message = Buffer.concat([Buffer.from([18, entry.length]), entry])
  const received = Buffer.concat([Buffer.from([18, message.length]), message])
  const [read] = readPulledMessages(Buffer.concat([Buffer.from([10, received.length]), received])).messages
  t.same(Object.entries(read!.attributes), [['__proto__', 'v']])
  t.end()
})

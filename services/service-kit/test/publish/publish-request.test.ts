import assert from 'node:assert/strict'
import { protos } from '@google-cloud/pubsub'
import fc from 'fast-check'
import t from 'tap'
import type { OutgoingMessage } from '../../src/publish/event-message.ts'
import { PublishRequests } from '../../src/publish/publish-request.ts'

const TOPIC = 'projects/p/topics/t'
const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const attributes = fc.dictionary(text, text, { maxKeys: 8 })
const outgoing: fc.Arbitrary<OutgoingMessage> = fc.record({
  data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  attributes,
})

const read = (request: Buffer) => {
  const { topic, messages } = protos.google.pubsub.v1.PublishRequest.decode(request)
  return {
    topic,
    messages: messages.map(({ data, attributes: got }) => ({
      data: Buffer.from(data as Uint8Array).toString('hex'),
      attributes: new Map(Object.entries(got ?? {})),
    })),
  }
}
const told = (messages: readonly OutgoingMessage[]) => ({
  topic: TOPIC,
  messages: messages.map(({ data, attributes: sent }) => ({
    data: data.toString('hex'),
    attributes: new Map(Object.entries(sent)),
  })),
})

t.test("what is encoded is what Google's own code reads", (t) => {
  // one for all: what it remembers of one request goes into the next
  const requests = new PublishRequests(TOPIC)
  fc.assert(
    fc.property(fc.array(outgoing, { maxLength: 6 }), (messages) => {
      assert.deepEqual(read(requests.encode(messages)), told(messages))
    }),
  )
  t.end()
})

t.test('values that come again, and again others, are those that were sent', (t) => {
  const requests = new PublishRequests(TOPIC)
  const values = fc.constantFrom('', 'a', 'é', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(1024))
  const few = fc.record({ 'ce-type': values, 'ce-id': values }, { requiredKeys: [] })
  fc.assert(
    fc.property(fc.array(few, { minLength: 1, maxLength: 30 }), (all) => {
      const messages = all.map((sent) => ({ data: Buffer.from('{}'), attributes: sent }))
      assert.deepEqual(read(requests.encode(messages)), told(messages))
    }),
  )
  t.end()
})

t.test('large messages, many of them, and more keys than are remembered', (t) => {
  const requests = new PublishRequests(TOPIC)
  const messages = Array.from({ length: 1000 }, (_, n) => ({
    data: Buffer.alloc(n * 5, n),
    attributes: { [`key ${n}`]: 'v'.repeat(n), same: 'always' },
  }))
  t.same(read(requests.encode(messages)), told(messages))
  t.same(read(requests.encode(messages)), told(messages))
  t.end()
})

t.test('half of a character is refused, and is not sent as another text', (t) => {
  const requests = new PublishRequests(TOPIC)
  for (const sent of [{ 'ce-id': 'a\ud800' }, { 'k\udc00': 'v' }]) {
    const message = { data: Buffer.from('{}'), attributes: sent }
    t.throws(() => requests.encode([message]), { code: 3, message: /INVALID_ARGUMENT: attribute ".*" is no/ })
    t.throws(() => requests.encode([message]), { code: 3 }, 'and when it comes again')
  }
  t.end()
})

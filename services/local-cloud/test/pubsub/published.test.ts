import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { encodePublishResponse } from '../../src/pubsub/grpc/publish-response.ts'
import { v1 } from '../../src/pubsub/grpc/protos.ts'
import { checkBody } from '../../src/pubsub/messages/message.ts'
import { MessageIds } from '../../src/pubsub/messages/message-ids.ts'
import { bodiesOf, Published } from '../../src/pubsub/messages/published.ts'
import type { StoredMessage } from '../../src/pubsub/messages/stored-message.ts'

t.test(
  'the answer to a publish is what Google’s own classes read, and its ids are those of the messages',
  (t) => {
    const nowMs = fc.nat({ max: 4_000_000_000_000 })
    fc.assert(
      fc.property(nowMs, fc.integer({ min: 1, max: 1000 }), fc.nat(5), (now, count, before) => {
        const ids = new MessageIds(now)
        for (let time = 0; time < before; time++) ids.next(1000)
        const range = ids.next(count)
        const { messageIds } = v1.PublishResponse.decode(encodePublishResponse(range))
        assert.deepEqual(messageIds, range.all())
        const { places, bytes } = bodiesOf(messageIds.map((id) => Buffer.from(`body of ${id}`)))
        const published = new Published(range, now, { places, bytes })
        const told = (message: StoredMessage) => [message.id, message.publishTime, message.body.toString()]
        const expected = messageIds.map((id) => [id, now, `body of ${id}`])
        assert.deepEqual(Array.from(published, told), expected)
        const alone = messageIds.flatMap((_, index) => Array.from(published.only(index), told))
        assert.deepEqual(alone, expected)
      }),
      { numRuns: 30 },
    )
    t.end()
  },
)

t.test(
  'a message that has nothing but data is judged as it is with a field behind it that says nothing',
  (t) => {
    const refusal = (...body: Parameters<typeof checkBody>): string | undefined => {
      try {
        checkBody(...body)
      } catch (error) {
        return (error as Error).message
      }
      return undefined
    }
    // field 15, without bytes: nobody knows it
    const nothing = Buffer.of((15 << 3) | 2, 0)
    const data = fc
      .uint8Array({ maxLength: 300 })
      .map((bytes) => v1.PubsubMessage.encode({ data: bytes }).finish())
    const cut = fc.tuple(data, fc.nat(310)).map(([bytes, end]) => bytes.subarray(0, end))
    fc.assert(
      fc.property(fc.oneof(data, cut, fc.uint8Array({ maxLength: 12 })), (bytes) => {
        const body = Buffer.from(bytes)
        const more = refusal(Buffer.concat([body, nothing]))
        const own = refusal(body)
        // within other bytes, as a request has it
        const around = Buffer.concat([Buffer.of(1, 2, 3), body, Buffer.of(4)])
        assert.equal(refusal(around, 3, 3 + body.length), own)
        // behind half a field the other one is read as the rest of it
        return own === more || /no protobuf/.test(`${own} ${more}`)
      }),
      { numRuns: 1000 },
    )
    t.equal(refusal(Buffer.from(v1.PubsubMessage.encode({ data: Buffer.of(1) }).finish())), undefined)
    t.match(refusal(Buffer.of((1 << 3) | 2, 0)), /empty/)
    t.match(refusal(Buffer.of((1 << 3) | 2, 5, 1)), /longer than its message/)
    t.end()
  },
)

t.test('ids are digits of one length and grow, from the time at which they begin', (t) => {
  const counts = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 2000 })
  fc.assert(
    fc.property(fc.nat({ max: 4_000_000_000_000 }), counts, (nowMs, all) => {
      const ids = new MessageIds(nowMs)
      let before = nowMs * 1000 - 1
      for (const count of all) {
        const range = ids.next(count)
        const [first, last] = [range.at(0), range.at(count - 1)]
        assert.match(first, /^\d+$/)
        assert.equal(last.length, first.length)
        assert.ok(Number(first) > before)
        assert.equal(Number(last) - Number(first), count - 1)
        before = Number(last)
      }
    }),
  )
  const ids = new MessageIds(1_790_000_000_999)
  const begins = Number(ids.next(1).at(0))
  t.ok(begins >= 1_790_000_000_999_000 && begins < 1_790_000_000_999_000 + 100_001, 'near that time')
  t.end()
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { encodePublishResponse } from '../../src/pubsub/grpc/publish-response.ts'
import { v1 } from '../../src/pubsub/grpc/protos.ts'
import { checkBody } from '../../src/pubsub/messages/message.ts'
import { MessageIds } from '../../src/pubsub/messages/message-ids.ts'

t.test('the answer to a publish is what Google’s own classes read', (t) => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^\d{1,20}$/), { maxLength: 50 }), (messageIds) => {
      assert.deepEqual(v1.PublishResponse.decode(encodePublishResponse(messageIds)).messageIds, messageIds)
    }),
  )
  t.end()
})

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

t.test('ids are digits and grow, from the time at which they begin', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 4_000_000_000_000 }), fc.nat(2_000_000), (nowMs, count) => {
      const ids = new MessageIds(nowMs)
      const begins = Number(ids.next())
      for (let at = 0; at < count; at += 1000) ids.next()
      let before = begins
      for (let at = 0; at < 5; at++) {
        const id = ids.next()
        if (!/^\d+$/.test(id) || Number(id) <= before) return false
        before = Number(id)
      }
      return begins >= nowMs * 1000 && begins < nowMs * 1000 + 100_001
    }),
  )
  const ids = new MessageIds(1_790_000_000_999)
  const many = Array.from({ length: 2_000_000 }, () => Number(ids.next()))
  t.ok(
    many.every((id, at) => at === 0 || id > many[at - 1]!),
    'over the end of its last digits',
  )
  t.end()
})

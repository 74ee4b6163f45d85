import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { bulkHere } from '../src/bulk.ts'
import { recording } from './build.ts'

const EVENTS = 10_000

const batch = (bytes: Uint8Array, isPartial = false) => ({
  caller: 'one',
  headers: { 'content-type': 'application/x-ndjson' },
  type: undefined,
  isPartial,
  now: 0,
  pieces: [bytes],
})
const lines = (count: number) =>
  Buffer.from(Array.from({ length: count }, (_, n) => `{"event_type":"x","n":${n}}\n`).join(''))

/** A publisher that answers, and notes how many messages it was given at most between two turns of the event loop. */
function counting() {
  let ofThisTurn = 0
  let most = 0
  let given = 0
  const publisher = recording({
    async publish(messages) {
      if (ofThisTurn === 0) setImmediate(() => (ofThisTurn = 0))
      ofThisTurn += messages.length
      most = Math.max(most, ofThisTurn)
      const from = given
      given += messages.length
      // later ones may be answered before
      for (let n = from % 3; n < 3; n++) await turn()
      return messages.map((_, n) => `m-${from + n}`)
    },
  })
  return { publisher, most: () => most }
}

t.test(
  'the events of a large batch go to Pub/Sub a few at a time, and their ids come back in order',
  async (t) => {
    let rests = 0
    const { publisher, most } = counting()
    const { status, text } = await bulkHere(publisher, 10 << 20, () => rests++).take(batch(lines(EVENTS)))
    t.equal(status, 200)
    const answer = JSON.parse(Buffer.from(text).toString()) as {
      taken: number
      rejected_count: number
      events: { index: number; message_id: string; event_type: string }[]
    }
    t.match(answer, { taken: EVENTS, rejected_count: 0, rejected: [] })
    t.same(
      answer.events.map(({ index, message_id }) => [index, message_id]),
      Array.from({ length: EVENTS }, (_, n) => [n, `m-${n}`]),
    )
    t.ok(most() < EVENTS / 2, `${most()} between two turns of the event loop`)
    t.ok(rests > 0, `others went first ${rests} times`)
  },
)

t.test('a portion that Pub/Sub refuses fails the request, however early it does', async (t) => {
  let calls = 0
  const publisher = recording({
    publish: (messages) =>
      ++calls === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(messages.map(() => 'm')),
  })
  await t.rejects(bulkHere(publisher, 10 << 20).take(batch(lines(EVENTS))), {
    code: 'PUBLISH_FAILED',
    cause: { message: 'gone' },
  })
  t.equal(calls, EVENTS / 50, 'the others were given all the same')
})

t.test('an answer has the same text, written at once or in portions', async (t) => {
  for (const count of [1, 49, 50, 51, 250]) {
    const body = Buffer.concat([lines(count), Buffer.from('{"bad":1}\n')])
    const { text } = await bulkHere(recording(), 10 << 20).take(batch(body, true))
    const answer = JSON.parse(Buffer.from(text).toString()) as Record<string, unknown[]>
    t.equal(answer['events']!.length, count)
    t.match(answer, { taken: count, rejected_count: 1, rejected: [{ index: count }] })
  }
})

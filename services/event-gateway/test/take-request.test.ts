import { setImmediate as turn } from 'node:timers/promises'
import { MessageRefused } from '@tablestream/service-kit'
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

interface PartAnswer {
  readonly code: string
  readonly taken: number
  readonly events: { index: number; event_id: string }[]
  readonly not_taken: { index: number; event_id: string; event_type: string }[]
}

/** Takes a batch of which Pub/Sub does not take some portions, and reads the answer. */
async function inPart(failing: Readonly<Record<number, Error>>, count = EVENTS) {
  let calls = 0
  const publisher = recording({
    publish(messages) {
      const error = failing[calls++]
      return error ? Promise.reject(error) : Promise.resolve(messages.map((_, n) => `m-${n}`))
    },
  })
  const { status, text, problem, taken } = await bulkHere(publisher, 10 << 20).take(batch(lines(count)))
  const answer = JSON.parse(Buffer.from(text).toString()) as PartAnswer
  return { status, problem, counted: taken.get('x') ?? 0, calls, answer }
}

t.test(
  'where Pub/Sub does not take a portion the answer names what it has, and what to send again',
  async (t) => {
    const { status, problem, counted, calls, answer } = await inPart({
      0: new Error('gone'),
      7: new Error('gone'),
    })
    t.equal(status, 503)
    t.match(problem, { message: 'gone' })
    t.equal(calls, EVENTS / 50, 'the others were given all the same')
    t.match(answer, { code: 'PUBLISH_FAILED', taken: EVENTS - 100 })
    t.equal(counted, EVENTS - 100)
    t.match(answer.not_taken[0], { index: 0, event_type: 'x' })
    const places = answer.not_taken.map(({ index }) => index)
    t.same(places, [
      ...Array(50).keys(),
      ...Array(50)
        .keys()
        .map((n) => 350 + n),
    ])
    const all = [...answer.events, ...answer.not_taken].map(({ index }) => index)
    t.same(
      all.toSorted((one, other) => one - other),
      [...Array(EVENTS).keys()],
    )
    t.ok([...answer.events, ...answer.not_taken].every(({ event_id: id }) => id.length > 0))
  },
)

t.test(
  'what Pub/Sub refuses for what it is is a fault of the request, whatever became of the others',
  async (t) => {
    const refused = new MessageRefused(new Error('3 INVALID_ARGUMENT: no'))
    const { status, answer } = await inPart({ 1: refused }, 120)
    t.equal(status, 400)
    t.match(answer, {
      code: 'REFUSED_BY_PUBSUB',
      message: /those of not_taken: .*INVALID_ARGUMENT/,
      taken: 70,
    })
    t.same(
      answer.not_taken.map(({ index }) => index),
      Array.from({ length: 50 }, (_, n) => 50 + n),
    )
    const mixed = await inPart({ 0: refused, 1: new Error('gone') }, 120)
    t.match([mixed.status, mixed.answer.taken], [503, 20], 'some are worth to be sent again')
    const none = await inPart({ 0: refused }, 20)
    t.match(none.answer, { message: /^the events: /, taken: 0, events: [] })
  },
)

t.test('an answer has the same text, written at once or in portions', async (t) => {
  for (const count of [1, 49, 50, 51, 250]) {
    const body = Buffer.concat([lines(count), Buffer.from('{"bad":1}\n')])
    const { text } = await bulkHere(recording(), 10 << 20).take(batch(body, true))
    const answer = JSON.parse(Buffer.from(text).toString()) as Record<string, unknown[]>
    t.equal(answer['events']!.length, count)
    t.match(answer, { taken: count, rejected_count: 1, rejected: [{ index: count }] })
  }
})

t.test('a body of one caller is done before what others have sent sooner, and need longer for', async (t) => {
  const bulk = bulkHere(recording(), 10 << 20)
  const done: string[] = []
  const take = async (caller: string, body: string, type = 'application/json') => {
    const request = { ...batch(Buffer.from(body)), caller, headers: { 'content-type': type } }
    t.equal((await bulk.take(request)).status, 200, caller)
    done.push(caller)
  }
  // each of its events is a step that is not divided
  const objects = `[${Array.from({ length: 20_000 }, () => '{"k":0}').join()}]`
  const heavy = `[${Array.from({ length: 20 }, () => `{"event_type":"x","a":${objects}}`).join()}]`
  const others = [take('heavy', heavy), take('heavy', heavy)]
  await turn()
  await take('light', lines(4000).toString(), 'application/x-ndjson')
  t.same(done, ['light'])
  await Promise.all(others)
})

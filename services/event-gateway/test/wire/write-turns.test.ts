import t from 'tap'
import { build, HEADERS, recording, type Answer } from '../build.ts'
import { writeTurns } from '../../src/wire/write-turns.ts'

t.test('a large answer goes out in pieces, one in a turn of the event loop, and is whole', async (t) => {
  const answer = Buffer.alloc(1_000_000, 'abcdefg')
  let ofThisTurn = 0
  let most = 0
  const pieces: Buffer[] = []
  for await (const piece of writeTurns(answer)) {
    if (ofThisTurn === 0) setImmediate(() => (ofThisTurn = 0))
    ofThisTurn += (piece as Buffer).length
    most = Math.max(most, ofThisTurn)
    pieces.push(piece as Buffer)
  }
  t.ok(Buffer.concat(pieces).equals(answer))
  t.ok(most <= 2 * 65_536, `${most} bytes in one turn at most`)
})

t.test('the answer to a large batch has its length, and is JSON', async (t) => {
  const app = await build(recording())
  t.teardown(() => app.close())
  const response = await app.inject({
    method: 'POST',
    url: '/events',
    headers: { ...HEADERS, 'content-type': 'application/x-ndjson' },
    payload: '{"event_type":"x"}\n'.repeat(5000),
  })
  t.equal(response.statusCode, 200)
  t.match(response.headers['content-type'], /^application\/json/)
  t.equal(response.headers['content-length'], String(response.rawPayload.length))
  t.ok(response.rawPayload.length > 65_536)
  t.equal(response.json<Answer>().events.length, 5000)
})

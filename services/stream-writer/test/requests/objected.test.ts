import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { schemaOf } from '../fake-write-path.ts'
import { message, requestsWith } from './requests-with.ts'

t.test('rows that the write path refuses for the form of their table ask until some land', (t) => {
  const { requests, sent, clock, told } = requestsWith('{"x":{"duplicates":"upsert"}}')
  told(schemaOf())
  for (const id of ['a', 'b', 'c']) requests.objected(message(id, {}))
  clock.now += 12_000
  for (const id of ['d', 'e']) requests.objected(message(id, {}))
  t.same(sent, ['a', 'd'], 'one now, and one of those that are refused later')
  requests.landed(message('f', {}))
  t.same(sent, ['a', 'd', 'f'], 'and the table is told of as any other that was met')
  requests.objected(message('g', {}))
  t.equal(sent.length, 4)
  t.end()
})

t.test('rows that are refused while it has no turn ask as soon as there is one', (t) => {
  let hasRoom = false
  const { requests, sent, clock, told } = requestsWith(
    '{"x":{"duplicates":"upsert"}}',
    () => true,
    () => hasRoom,
  )
  told(schemaOf())
  for (let tries = 0; tries < 10; tries++) {
    requests.objected(message('a', {}))
    clock.now += 600_000
  }
  t.same(sent, [])
  requests.objected(message('b', {}))
  hasRoom = true
  requests.objected(message('c', {}))
  t.same(sent, ['c'])
  clock.now += 12_000
  requests.objected(message('d', {}))
  t.same(sent, ['c', 'd'], 'nobody has asked before')
  t.end()
})

t.test('rows that are refused ask soon again where Pub/Sub took no request of theirs', async (t) => {
  let takes = false
  const { requests, sent, clock, told } = requestsWith('{"x":{"duplicates":"upsert"}}', () => takes)
  told(schemaOf())
  for (let tries = 0; tries < 10; tries++) {
    requests.objected(message('a', {}))
    await turn()
    clock.now += 10_000
  }
  t.equal(sent.length, 10, 'one each ten seconds, and not more and more slowly')
  takes = true
  requests.objected(message('b', {}))
  requests.objected(message('c', {}))
  await turn()
  t.same(sent.slice(10), ['b'])
})

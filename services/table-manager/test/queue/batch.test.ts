import t from 'tap'
import { Batch } from '../../src/queue/batch.ts'
import { WaitingRequest } from '../../src/queue/waiting-request.ts'
import { event } from './queue-of.ts'

const requests = (count: number) =>
  Array.from({ length: count }, () => new WaitingRequest(event({}), 10_000, () => new Error('impatient')))

t.test('a batch takes in those who come, a thousand at the most', (t) => {
  const waiting = requests(1500)
  const batch = new Batch([], (room) => waiting.splice(0, room))
  batch.gather()
  t.equal(batch.requests.length, 1000)
  batch.requests[0]!.settle({ outcome: 'fits' })
  batch.gather()
  batch.gather()
  t.equal(batch.requests.length, 1000)
  t.equal(waiting.length, 499)
  t.end()
})

t.test('the halves of a batch hold all of it, and take nobody in', async (t) => {
  const batch = new Batch(requests(5))
  const halves = batch.halves()
  t.same(
    halves.map((half) => half.requests.length),
    [2, 3],
  )
  for (const half of halves) half.gather()
  t.same(
    halves.flatMap((half) => half.requests),
    batch.requests,
  )
  const failing = halves[0].requests.map(({ answer }) => t.rejects(answer, { message: 'no' }))
  halves[0].fail(new Error('no'))
  t.ok(halves[0].isEmpty)
  await Promise.all(failing)
})

t.test('what is asked for again takes nobody in', (t) => {
  const waiting = requests(3)
  const batch = new Batch([], (room) => waiting.splice(0, Math.min(room, 1)))
  batch.gather()
  const later = batch.later('add a', 1000)
  later.gather()
  t.same(later.requests, batch.requests)
  t.match(later, { refused: 'add a', notBefore: 1000, isPart: true })
  t.equal(batch.isPart, false)
  t.end()
})

import t from 'tap'
import { Batch } from '../../src/queue/batch.ts'
import { WaitingRequest } from '../../src/queue/waiting-request.ts'
import { event } from './queue-of.ts'

/** The longest of a timer: other tests may run in this process, for longer than a patience that is meant. */
const FOR_EVER = 2 ** 31 - 1
const requests = (count: number) =>
  Array.from(
    { length: count },
    () => new WaitingRequest(event({}), { since: 0, patienceMs: FOR_EVER }, () => new Error('impatient')),
  )

t.test('a batch takes in those who come, a thousand at the most', (t) => {
  const waiting = requests(1500)
  const batch = new Batch((room) => waiting.splice(0, room))
  batch.gather()
  t.equal(batch.requests.length, 1000)
  batch.requests[0]!.settle({ outcome: 'fits' })
  batch.gather()
  batch.gather()
  t.equal(batch.requests.length, 1000)
  t.equal(waiting.length, 499)
  t.end()
})

t.test('those whom a failure is about are told, the others go on waiting', async (t) => {
  const [one, two, three] = requests(3)
  const batch = new Batch(() => (batch.isEmpty ? [one!, two!, three!] : []))
  batch.gather()
  const failing = t.rejects(two!.answer, { message: 'no' })
  batch.fail(new Error('no'), (request) => request === two)
  t.same(batch.requests, [one, three])
  const others = [one!, three!].map(({ answer }) => t.rejects(answer, { message: 'never' }))
  batch.fail(new Error('never'))
  t.ok(batch.isEmpty)
  await Promise.all([failing, ...others])
})

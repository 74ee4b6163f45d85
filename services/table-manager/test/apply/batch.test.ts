import t from 'tap'
import { Batch } from '../../src/apply/batch.ts'
import { WaitingRequest } from '../../src/apply/waiting-request.ts'
import { event } from '../queue/queue-of.ts'

/** The longest of a timer: other tests may run in this process, for longer than a patience that is meant. */
const FOR_EVER = 2 ** 31 - 1
const requests = (count: number, bytes = 100) =>
  Array.from(
    { length: count },
    () =>
      new WaitingRequest(
        { ...event({}), bytes },
        { since: 0, patienceMs: FOR_EVER },
        () => new Error('impatient'),
      ),
  )

/** A batch of those who wait, and who is left. */
function batchOf(...some: readonly WaitingRequest[]) {
  let waiting = some
  const batch = new Batch((takes) => {
    const taken = waiting.filter(takes)
    waiting = waiting.filter((request) => !taken.includes(request))
    return taken
  })
  batch.gather()
  return { batch, left: () => waiting.length }
}

t.test('a batch takes in those who come, a thousand at the most', (t) => {
  const { batch, left } = batchOf(...requests(1500))
  t.equal(batch.requests.length, 1000)
  batch.requests[0]!.settle({ outcome: 'fits' })
  batch.gather()
  batch.gather()
  t.equal(batch.requests.length, 1000)
  t.equal(left(), 499)
  t.end()
})

t.test('of large ones a batch takes few, and what is small does not wait for them', (t) => {
  const { batch, left } = batchOf(...requests(80, 200_000), ...requests(100))
  t.equal(batch.requests.length, 3 + 100)
  for (const request of batch.requests.slice(0, 3)) request.settle({ outcome: 'fits' })
  batch.dropSettled()
  batch.gather()
  t.equal(batch.requests.length, 3 + 100)
  t.equal(left(), 80 - 6)
  t.end()
})

t.test('those whom a failure is about are told, the others go on waiting', async (t) => {
  const [one, two, three] = requests(3)
  const { batch } = batchOf(one!, two!, three!)
  const failing = t.rejects(two!.answer, { message: 'no' })
  batch.fail(new Error('no'), (request) => request === two)
  t.same(batch.requests, [one, three])
  const others = [one!, three!].map(({ answer }) => t.rejects(answer, { message: 'never' }))
  batch.fail(new Error('never'))
  t.ok(batch.isEmpty)
  await Promise.all([failing, ...others])
})

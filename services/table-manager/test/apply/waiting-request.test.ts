import t from 'tap'
import { WaitingRequest } from '../../src/apply/waiting-request.ts'
import { event } from '../queue/queue-of.ts'

t.test('a request is answered once', async (t) => {
  const request = new WaitingRequest(
    event({}),
    { since: 0, patienceMs: 10_000 },
    () => new Error('impatient'),
  )
  t.equal(request.isSettled, false)
  request.settle({ outcome: 'fits' })
  request.fail(new Error('too late'))
  request.settle({ outcome: 'frozen' })
  t.equal(request.isSettled, true)
  t.same(await request.answer, { outcome: 'fits' })
})

t.test('its patience ends', async (t) => {
  // the timer of a request keeps no process alive
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(alive))
  const request = new WaitingRequest(event({}), { since: 0, patienceMs: 10 }, () => new Error('impatient'))
  await t.rejects(request.answer, { message: 'impatient' })
})

import { destination, parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { answerThoseDone } from '../../src/apply/answers.ts'
import { StepPlanner } from '../../src/apply/plan-step.ts'
import { Batch } from '../../src/apply/batch.ts'
import { WaitingRequest } from '../../src/apply/waiting-request.ts'
import { FakeTables } from '../queue/fake-tables.ts'
import { event, queueOf } from '../queue/queue-of.ts'

/** The longest of a timer: other tests may run in this process, for longer than a patience that is meant. */
const FOR_EVER = 2 ** 31 - 1
const waiting = (fields: object) =>
  new WaitingRequest(event(fields), { since: 0, patienceMs: FOR_EVER }, () => new Error('impatient'))

function batchOf(...requests: WaitingRequest[]): Batch {
  const batch = new Batch(() => requests.splice(0))
  batch.gather()
  return batch
}

t.test('those whom the table takes are answered, the others go on waiting', async (t) => {
  const tables = new FakeTables()
  await queueOf(tables).fit(event({ a: 1 }))
  const policy = parsePolicies('').of('x')
  const planner = new StepPlanner(destination('x'), policy, () => 0)
  const [fits, asks] = [waiting({ a: 2 }), waiting({ b: 1 })]
  fits.progress = 'altered'
  const batch = batchOf(fits, asks)
  answerThoseDone(batch, tables.state, planner, policy)
  t.same(await fits.answer, { outcome: 'altered' })
  t.same(batch.requests, [asks])
})

t.test('where no table may be made, nobody waits for one', async (t) => {
  const policy = parsePolicies('{"x":{"tables":"freeze"}}').of('x')
  const request = waiting({ a: 1 })
  const batch = batchOf(request)
  answerThoseDone(batch, undefined, new StepPlanner(destination('x'), policy, () => 0), policy)
  t.same(await request.answer, { outcome: 'frozen' })
  t.ok(batch.isEmpty)
})

import { destination, parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { applyStep, changeOf } from '../../src/apply/apply-step.ts'
import { StepPlanner, type Step } from '../../src/apply/plan-step.ts'
import { FakeTables } from '../queue/fake-tables.ts'

t.test('a step creates, alters or widens, and is told as what it did', async (t) => {
  const tables = new FakeTables()
  const policy = parsePolicies('').of('x')
  const planner = new StepPlanner(destination('x'), policy, () => 0)
  const target = { tables, destination: destination('x'), policy, source: '' }
  const told: object[] = []
  for (const fields of [{ a: 1 }, { a: 1, b: 1 }, { a: 0.5 }]) {
    const request = { event: { event_type: 'x', ...fields }, eventId: '1', source: '', caller: '' }
    const step = planner.step(tables.state, [request]) as Step
    t.match(await applyStep(target, tables.state, step), { outcome: 'done' })
    told.push(changeOf(destination('x'), step, [{ eventId: '1' }]))
  }
  t.same(tables.asked, ['create', 'alter', 'widen'])
  t.match(told, [
    { table: 'x', outcome: 'created', added: /a/, widened: [], eventIds: ['1'] },
    { outcome: 'altered', added: ['b'], widened: [] },
    { outcome: 'altered', added: [], widened: [{ path: 'a', from: 'INT64', to: 'NUMERIC' }] },
  ])
})

t.test('of very many events a hundred are named', (t) => {
  const policy = parsePolicies('').of('x')
  const step = new StepPlanner(destination('x'), policy, () => 0).step(undefined, [
    { event: { event_type: 'x' }, eventId: '1', source: '', caller: '' },
  ]) as Step
  const requests = Array.from({ length: 101 }, (_, n) => ({ eventId: String(n) }))
  t.equal(changeOf(destination('x'), step, requests).eventIds.length, 100)
  t.end()
})

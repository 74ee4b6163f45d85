import { destination, parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { StepPlanner, stepKey } from '../../src/apply/plan-step.ts'
import { fieldsOfColumns } from '../../src/bigquery/table-fields.ts'
import type { TableState } from '../../src/tables.ts'

const plannerOf = (policy: object = {}, now = () => 0) =>
  new StepPlanner(destination('x'), parsePolicies(JSON.stringify({ x: policy })).of('x'), now)
const event = (fields: object) => ({ event_type: 'x', ...fields })

/** The table that a planner makes for an event. */
function tableOf(fields: object): TableState {
  const { columns } = plannerOf().step(undefined, [event(fields)])!.plan
  return {
    columns,
    etag: 'e',
    fields: fieldsOfColumns(columns),
    primaryKey: [],
    isPartitioned: true,
    requiresPartitionFilter: false,
    createdAt: 0,
    modifiedAt: 0,
  }
}

t.test('columns are added first, then types are widened, then there is nothing to do', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  const events = [event({ a: 0.5, b: 'x' })]
  const adding = planner.step(before, events)!
  t.match(adding, { kind: 'alter', plan: { added: ['b'] } })
  const between = { ...before, columns: adding.plan.columns }
  const widening = planner.step(between, events)!
  t.match(widening, { kind: 'widen', plan: { widened: [{ path: 'a', to: 'NUMERIC' }] } })
  t.equal(planner.step({ ...between, columns: widening.plan.columns }, events), undefined)
  t.not(stepKey(adding), stepKey(widening))
  t.end()
})

t.test('of widenings under suspicion one is tried at a time', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1, b: 1 })
  const events = [event({ a: 0.5, b: 0.5 })]
  const both = planner.step(before, events)!
  t.equal(both.plan.widened.length, 2)
  planner.suspect(both)
  t.equal(planner.step(before, events)!.plan.widened.length, 1)
  t.end()
})

t.test('a widening that was refused is left out, and told of the event whose value stays outside', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  planner.refuse(planner.step(before, [event({ a: 0.5 })])!, 'no')
  t.equal(planner.step(before, [event({ a: 0.5 })]), undefined)
  t.same(planner.refusedWidening(before, event({ a: 0.5 })), { reason: 'no', path: '/a', value: '0.5' })
  t.equal(planner.refusedWidening(before, event({ a: 1 })), undefined)
  t.end()
})

t.test('columns that were refused are told of the event that asks for the same', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  const asks = event({ b: 1 })
  planner.refuse(planner.step(before, [asks])!, 'no')
  t.match(planner.refusedAddition(before, asks, planner.ask(before, asks)), { reason: 'no', path: '/b' })
  const other = event({ c: 1 })
  t.equal(planner.refusedAddition(before, other, planner.ask(before, other)), undefined)
  t.end()
})

t.test('a table lacks its key until it has that of upserts', (t) => {
  const planner = plannerOf({ duplicates: 'upsert' })
  t.equal(planner.lacksKey(tableOf({ a: 1 })), true)
  t.equal(planner.lacksKey({ ...tableOf({ a: 1 }), primaryKey: planner.primaryKey! }), false)
  t.equal(plannerOf().lacksKey(tableOf({ a: 1 })), false)
  t.end()
})

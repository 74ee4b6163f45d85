import { destination, parsePolicies } from '@tablestream/contract'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import t from 'tap'
import { StepPlanner, type Step } from '../../src/apply/plan-step.ts'
import { fieldsOfColumns } from '../../src/bigquery/table-fields.ts'
import type { TableState } from '../../src/tables.ts'

const plannerOf = (policy: object = {}, now = () => 0) =>
  new StepPlanner(destination('x'), parsePolicies(JSON.stringify({ x: policy })).of('x'), now)
/** The same event has the same id. */
const event = (fields: object) => ({
  event: { event_type: 'x', ...fields },
  eventId: JSON.stringify(fields),
  source: '',
})

/** The table that a planner makes for an event. */
function tableOf(fields: object): TableState {
  const { columns } = (plannerOf().step(undefined, [event(fields)]) as Step).plan
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

/** The next change, which must be one. */
const stepOf = (planner: StepPlanner, state: TableState, ...events: object[]) =>
  planner.step(state, events.map(event)) as Step

t.test('columns are added first, then types are widened, then there is nothing to do', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  const asks = { a: 0.5, b: 'x' }
  const adding = stepOf(planner, before, asks)
  t.match(adding, { kind: 'alter', plan: { added: ['b'], widened: [] } })
  const between = { ...before, columns: adding.plan.columns }
  const widening = stepOf(planner, between, asks)
  t.match(widening, { kind: 'widen', plan: { added: [], widened: [{ path: 'a', to: 'NUMERIC' }] } })
  t.equal(planner.step({ ...between, columns: widening.plan.columns }, [event(asks)]), undefined)
  t.end()
})

t.test('of what was refused together the events are tried first, then the columns of one', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  const four = { b: 1, c: 1, d: 1, e: 1 }
  const next = () => stepOf(planner, before, four, { good: 1 }, { x: 1 })
  planner.refused(next(), 'no', true)
  t.same(next().plan.added, ['b', 'c', 'd', 'e', 'good'])
  planner.refused(next(), 'no', true)
  t.same(next().plan.added, ['b', 'c', 'd', 'e'])
  planner.refused(next(), 'no', true)
  t.same(next().plan.added, ['good', 'x'], 'the others before its columns')
  planner.refused(stepOf(planner, before, four), 'no', true)
  t.same(stepOf(planner, before, four).plan.added, ['b'])
  planner.made(stepOf(planner, before, four))
  t.same(stepOf(planner, before, { ...four, b: 1 }).plan.added, ['c'])
  t.end()
})

t.test('a field of a new RECORD that is refused comes alone to nothing, the others come', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  const asks = { r: { good: 1, bad: 1 } }
  planner.refused(stepOf(planner, before, asks), 'no', true)
  const first = stepOf(planner, before, asks)
  t.same(first.plan.added, ['r'])
  t.same(first.keys, ['add r.good INT64 NULLABLE'])
  planner.made(first)
  const after = { ...before, columns: first.plan.columns }
  planner.refused(stepOf(planner, after, asks), 'no', true)
  t.match(planner.step(after, [event(asks)]), { kind: 'wait', ms: 1000 })
  clock.now += 1000
  planner.refused(stepOf(planner, after, asks), 'no', true)
  t.equal(planner.step(after, [event(asks)]), undefined)
  t.same(planner.leftFor(after, event(asks)), {
    isDone: true,
    refusal: { reason: 'no', path: '/r/bad', value: '1' },
  })
  t.end()
})

t.test('a widening that was refused is left out, and told of the event whose value stays outside', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  planner.refused(stepOf(planner, before, { a: 0.5 }), 'no', true)
  clock.now += 1000
  planner.refused(stepOf(planner, before, { a: 0.5 }), 'no', true)
  t.equal(planner.step(before, [event({ a: 0.5 })]), undefined)
  t.same(planner.refusedWidening(before, event({ a: 0.5 }).event), { reason: 'no', path: '/a', value: '0.5' })
  t.equal(planner.refusedWidening(before, event({ a: 1 }).event), undefined)
  t.end()
})

t.test('an event is told of each of its columns that was refused', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  for (const name of ['b', 'c'])
    for (let time = 0; time < 2; time++) {
      planner.refused(stepOf(planner, before, { [name]: 1 }), `no ${name}`, true)
      clock.now += 1000
    }
  t.same(planner.leftFor(before, event({ x: { y: 1 }, b: 1 })).isDone, false)
  t.same(planner.leftFor(before, event({ b: 7, c: 1 })), {
    isDone: true,
    refusal: { reason: 'no b; /c: no c', path: '/b', value: '7' },
  })
  t.same(planner.leftFor(before, event({ a: 2 })), { isDone: true, refusal: undefined })
  t.end()
})

t.test('a table that is refused with the columns of its events is tried without', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const create = () => planner.step(undefined, [event({ a: 1, b: 1 })]) as Step
  planner.refused(create(), 'no', true)
  t.same(create().plan.columns, SYSTEM_COLUMNS)
  planner.refused(create(), 'no', true)
  t.match(create(), { kind: 'wait' })
  clock.now += 1000
  planner.refused(create(), 'no', true)
  t.match(planner.leftFor(undefined, event({ a: 1 })), { isDone: true, refusal: { reason: 'no' } })
  clock.now += 5 * 60_000
  t.equal(planner.leftFor(undefined, event({ a: 1 })).isDone, false)
  t.end()
})

t.test('a table lacks its key until it has that of upserts', (t) => {
  const planner = plannerOf({ duplicates: 'upsert' })
  const table = tableOf({ a: 1 })
  t.equal(planner.lacksKey(table), true)
  const step = stepOf(planner, table, { a: 1 })
  t.same(step.primaryKey, ['_source', 'event_id'])
  t.equal(planner.lacksKey({ ...table, primaryKey: step.primaryKey! }), false)
  t.equal(plannerOf().lacksKey(table), false)
  t.end()
})

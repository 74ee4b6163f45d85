import { destination, parsePolicies } from '@tablestream/contract'
import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import t from 'tap'
import { StepPlanner, type Step } from '../../src/apply/plan-step.ts'
import { fieldsOfColumns } from '../../src/bigquery/table-fields.ts'
import type { TableState } from '../../src/tables.ts'

const plannerOf = (policy: object = {}, now = () => 0) =>
  new StepPlanner(destination('x'), parsePolicies(JSON.stringify({ x: policy })).of('x'), now)
const FINAL = { reason: 'no', isFinal: true }
/** The same event has the same id. */
const event = (fields: object) => ({
  event: { event_type: 'x', ...fields },
  eventId: JSON.stringify(fields),
  source: '',
  caller: '',
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
  const all = [four, { good: 1 }, { x: 1 }]
  const next = () => stepOf(planner, before, ...all)
  planner.refused(next(), FINAL)
  const half = next()
  t.same(half.plan.added, ['b', 'c', 'd', 'e', 'good'])
  planner.refused(half, FINAL)
  const latest = next()
  t.same(latest.plan.added, ['x'])
  planner.made(latest)
  planner.refused(stepOf(planner, before, four), FINAL)
  const turns = [next().plan.added.join(), next().plan.added.join()]
  t.ok(turns.includes('good'), 'another one')
  t.ok(
    turns.some((added) => ['b,c', 'd,e'].includes(added)),
    'and half of its columns',
  )
  t.end()
})

t.test('several callers: one whose columns are refused asks apart from the others', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  const requests = ['bad', 'good', 'better'].map((caller) => ({ ...event({ [caller]: 1 }), caller }))
  planner.refused(planner.step(before, requests.slice(0, 1)) as Step, FINAL)
  const more = { ...event({ worse: 1 }), caller: 'bad' }
  const next = () => (planner.step(before, [...requests, more]) as Step).plan.added
  t.same([next(), next()], [['good'], ['worse']])
  t.end()
})

t.test('a field of a new RECORD that is refused comes alone to nothing, the others come', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  const asks = { r: { good: 1, bad: 1 } }
  planner.refused(stepOf(planner, before, asks), FINAL)
  const first = stepOf(planner, before, asks)
  t.same(first.plan.added, ['r'])
  t.same(first.keys, ['add r.good INT64 NULLABLE'])
  planner.made(first)
  const after = { ...before, columns: first.plan.columns, fields: fieldsOfColumns(first.plan.columns) }
  planner.refused(stepOf(planner, after, asks), FINAL)
  t.equal(planner.step(after, [event(asks)]), undefined)
  t.same(planner.leftFor(after, event(asks).event), { outcome: 'postponed', reason: 'no' })
  t.equal(planner.isReadDue, false)
  clock.now += 1000
  t.equal(planner.isReadDue, true)
  planner.saw(after)
  t.equal(planner.isReadDue, false)
  t.same(planner.leftFor(after, event(asks).event), {
    outcome: 'refused',
    reason: 'no',
    path: '/r/bad',
    value: '1',
  })
  t.end()
})

t.test('what was refused of a table that is another one a second later is asked for again', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  planner.refused(stepOf(planner, before, { b: 1 }), FINAL)
  clock.now += 1000
  const after = tableOf({ a: 1, c: 1 })
  planner.saw(after)
  t.same(stepOf(planner, after, { b: 1 }).plan.added, ['b'])
  t.end()
})

t.test('a change that is made proves what was refused of the same table', (t) => {
  const planner = plannerOf()
  const before = tableOf({ a: 1 })
  planner.refused(stepOf(planner, before, { b: 1 }), FINAL)
  planner.made(stepOf(planner, before, { c: 1 }))
  t.match(planner.leftFor(before, event({ b: 1 }).event), { outcome: 'refused', path: '/b' })
  t.end()
})

t.test('a widening that was refused is left out, and told of the event whose value stays outside', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const before = tableOf({ a: 1 })
  planner.refused(stepOf(planner, before, { a: 0.5 }), FINAL)
  clock.now += 1000
  planner.saw(before)
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
    planner.refused(stepOf(planner, before, { [name]: 1 }), { reason: `no ${name}`, isFinal: true })
  clock.now += 1000
  planner.saw(before)
  t.same(planner.leftFor(before, event({ x: { y: 1 }, b: 1 }).event), { outcome: 'something' })
  t.same(planner.leftFor(before, event({ b: 7, c: 1 }).event), {
    outcome: 'refused',
    reason: 'no b; /c: no c',
    path: '/b',
    value: '7',
  })
  t.same(planner.leftFor(before, event({ a: 2 }).event), { outcome: 'nothing' })
  t.end()
})

t.test('a table that is refused with the columns of its events is tried without', (t) => {
  const clock = { now: 0 }
  const planner = plannerOf({}, () => clock.now)
  const create = () => planner.step(undefined, [event({ a: 1, b: 1 })]) as Step
  const left = () => planner.leftFor(undefined, event({ a: 1 }).event)
  planner.refused(create(), FINAL)
  t.same(create().plan.columns, SYSTEM_COLUMNS)
  t.match(left(), { outcome: 'something' })
  planner.refused(create(), FINAL)
  t.match(left(), { outcome: 'postponed' })
  clock.now += 1000
  planner.saw(undefined)
  t.match(left(), { outcome: 'refused', reason: 'no' })
  clock.now += 5 * 60_000
  t.match(left(), { outcome: 'something' })
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

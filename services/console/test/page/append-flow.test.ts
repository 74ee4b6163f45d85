import t from 'tap'
import { appended } from '../../page/append-flow.ts'
import { flow } from '../browser/recorded/flow.ts'

type Curves = (typeof flow)['curves']
const curvesOf = (times: number[], by: Curves['landed_by_table'] = {}): Curves => ({
  times,
  received: times,
  landed: times,
  duplicates: times,
  dead_letters: times,
  waiting: times,
  landed_by_table: by,
  p50_by_table: by,
  p99_by_table: by,
})
const of = (times: number[], by: Curves['landed_by_table'] = {}) => ({ ...flow, curves: curvesOf(times, by) })

t.test('new points follow the old ones, and what is older than an hour goes', (t) => {
  const { curves } = appended(of([0, 5, 10]), of([10, 3606]))
  t.same(curves, curvesOf([10, 3606]))
  t.end()
})

t.test('a table that comes later has no reading before', (t) => {
  const { curves } = appended(of([0, 5], { a: [1, 2] }), of([10], { b: [3] }))
  t.same(curves.landed_by_table, { a: [1, 2, null], b: [null, null, 3] })
  t.end()
})

t.test('a message without a new point brings its figures alone', (t) => {
  const last = of([0, 5])
  const { curves, at } = appended(last, { ...of([5]), at: 'later' })
  t.equal(curves, last.curves)
  t.equal(at, 'later')
  t.end()
})

import t from 'tap'
import { plan } from '../../src/plan/plan.ts'
import { takesBoth } from '../../src/plan/takes-both.ts'
import type { JsonValue } from '../../src/json/json-text.ts'

const meets = (first: JsonValue, second: JsonValue): boolean[] =>
  plan(plan(undefined, { v: first }).columns, { v: second }).conflicts.map(takesBoth)

t.test('of a day, a time and an instant that meet other text one column would be made for both', (t) => {
  t.same(meets('2026-03-01', 'soon'), [true])
  t.same(meets('12:46:01', '2026-03-01'), [true])
  t.same(meets('2026-03-01T00:00:00Z', 'soon'), [true])
  t.same(meets(['2026-03-01'], ['2026-03-02', 'soon']), [true])
  t.end()
})

t.test('of a number and text, and of what is in no array, it would not', (t) => {
  t.same(meets('2026-03-01', 5), [false])
  t.same(meets(5, 'soon'), [false])
  t.same(meets(['2026-03-01'], 'soon'), [false])
  t.same(meets({ a: 1 }, 'soon'), [false])
  t.end()
})

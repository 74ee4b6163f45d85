import t from 'tap'
import { Refusals, wideningKey } from '../../src/apply/refusals.ts'

t.test('what was refused is remembered for five minutes', (t) => {
  const clock = { now: 0 }
  const refusals = new Refusals(() => clock.now)
  t.equal(refusals.isEmpty, true)
  refusals.remember(wideningKey('a', 'NUMERIC'), 'no')
  t.equal(refusals.reasonOf(wideningKey('a', 'NUMERIC')), 'no')
  t.equal(refusals.reasonOf(wideningKey('a', 'FLOAT64')), undefined)
  clock.now = 5 * 60_000
  t.equal(refusals.reasonOf(wideningKey('a', 'NUMERIC')), undefined)
  t.end()
})

t.test('of very many the oldest are forgotten', (t) => {
  const refusals = new Refusals(() => 0)
  for (let n = 0; n <= 1000; n++) refusals.remember(String(n), 'no')
  t.equal(refusals.reasonOf('0'), undefined)
  t.equal(refusals.reasonOf('1'), 'no')
  t.end()
})

t.test('a change of very many columns is remembered by what it hashes to', (t) => {
  const refusals = new Refusals(() => 0)
  refusals.remember('x'.repeat(100_000), 'no')
  t.equal(refusals.reasonOf('x'.repeat(100_000)), 'no')
  t.equal(refusals.reasonOf('x'.repeat(99_999)), undefined)
  t.end()
})

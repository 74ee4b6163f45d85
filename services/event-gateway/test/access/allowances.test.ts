import t from 'tap'
import { Allowances } from '../../src/access/allowances.ts'
import type { Caller } from '../../src/access/api-keys.ts'

const LIMITS = { requestsPerMinute: 60_000, bytesPerMinute: 1 << 30 }
const burst = (allowances: Allowances, caller: Caller, count: number) =>
  Array.from({ length: count }, () => Math.round(allowances.turn(caller, 0) * 100) / 100)

t.test(
  'of a burst sixteen have their turn at once, those behind them a millisecond apart, in groups of five',
  (t) => {
    const allowances = new Allowances(LIMITS)
    const turns = burst(allowances, { name: 'one' }, 28)
    const times = (count: number, ms: number) => Array.from({ length: count }, () => ms)
    t.same(turns, [...times(16, 0), ...times(5, 5), ...times(5, 10), ...times(2, 15)])
    t.equal(allowances.turn({ name: 'other' }, 0), 0, 'nobody waits for what another one sends')
    t.end()
  },
)

t.test('who may send more than a thousand a second waits less, who may send few no longer', (t) => {
  const allowances = new Allowances(LIMITS)
  t.same(burst(allowances, { name: 'large', requestsPerMinute: 600_000 }, 18).slice(-2), [0.5, 0.5])
  t.same(burst(allowances, { name: 'small', requestsPerMinute: 60 }, 18).slice(-2), [5, 5])
  t.end()
})

t.test('with time there is room for a burst again', (t) => {
  const allowances = new Allowances(LIMITS)
  burst(allowances, { name: 'one' }, 20)
  t.equal(allowances.turn({ name: 'one' }, 20), 0)
  t.end()
})

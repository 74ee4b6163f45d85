import t from 'tap'
import { CATALOGUE } from '@tablestream/contract'
import { costs, FLOOR, withReconcile } from '../scripts/costs.ts'

for (const rate of [10, 1000, 10_000, 100_000, 1_000_000]) {
  t.test(`at ${rate} events a second archive, record and reconcile cost 1.6 times the floor at most`, (t) => {
    const ratio = withReconcile(costs(rate))
    t.ok(ratio <= 1.6, `${ratio}`)
    if (rate >= 1000) t.ok(withReconcile(costs(rate, { before: true })) > 4)
    t.end()
  })
}

t.test('what a further event type costs leaves room for three of them', (t) => {
  const files = costs(0)['archive: its files']! / (CATALOGUE.length + 1)
  const at = costs(1000)
  const floor = FLOOR.reduce((sum, name) => sum + at[name]!, 0)
  t.ok(withReconcile(at) + (3 * files) / floor <= 1.6)
  t.end()
})

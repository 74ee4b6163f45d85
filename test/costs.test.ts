import t from 'tap'
import { costs, withReconcile } from '../scripts/costs.ts'

for (const rate of [1000, 100_000]) {
  t.test(`at ${rate} events a second archive, record and reconcile cost 1.6 times the floor at most`, (t) => {
    const ratio = withReconcile(costs(rate))
    t.ok(ratio <= 1.6, `${ratio}`)
    t.ok(withReconcile(costs(rate, { before: true })) > 4)
    t.end()
  })
}

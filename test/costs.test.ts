import t from 'tap'
import { CATALOGUE } from '@tablestream/contract'
import { withReconcile } from '../scripts/costs/cost-table.ts'
import { costs, FLOOR } from '../scripts/costs/monthly-costs.ts'

for (const rate of [10, 1000, 10_000, 100_000, 1_000_000]) {
  t.test(
    `at ${rate} events a second archive, record, reconcile and scaler cost 1.6 times the floor at most`,
    (t) => {
      const ratio = withReconcile(costs(rate))
      t.ok(ratio <= 1.6, `${ratio}`)
      if (rate >= 1000) t.ok(withReconcile(costs(rate, { before: true })) > 4)
      t.end()
    },
  )
}

t.test('there is room for one more event type beside the scaler, and for four without it', (t) => {
  const files = costs(0)['archive: its files']! / (CATALOGUE.length + 1)
  const at = costs(1000)
  const floor = FLOOR.reduce((sum, name) => sum + at[name]!, 0)
  const scaler = at['scaler of stream-writer']!
  t.ok(withReconcile(at) + files / floor <= 1.6)
  t.ok(withReconcile(at) + (4 * files - scaler) / floor <= 1.6)
  t.end()
})

t.test('a scaler that is always on would be too much', (t) => {
  const at = costs(1000)
  const floor = FLOOR.reduce((sum, name) => sum + at[name]!, 0)
  // a CPU and a GiB billed by instance, as event-generator is
  t.ok(withReconcile(at) + (at['event-generator']! - at['scaler of stream-writer']!) / floor > 1.75)
  t.end()
})

import t from 'tap'
import { createMetrics } from '../src/metrics.ts'

t.test('types that somebody makes up by the thousand are counted together', async (t) => {
  const made = Array.from({ length: 5000 }, (_, n) => `made_up_${n}`)
  const parked = made.map((table): [string, number] => [table, 2])
  const metrics = createMetrics({ held: () => 0, parked: () => parked })
  t.equal(metrics.labelOf('orders'), 'orders')
  for (const table of made) metrics.landed.inc({ table: metrics.labelOf(table) })
  metrics.landed.inc({ table: metrics.labelOf('orders') })

  const { values } = await metrics.landed.get()
  t.equal(values.length, 1001)
  const countOf = (table: string) => values.find(({ labels }) => labels.table === table)?.value
  t.equal(countOf('orders'), 1, 'a table that was there before keeps its own')
  t.equal(countOf('other'), 5000 - 999)
  const waiting = await metrics.parked.get()
  t.equal(waiting.values.length, 1000)
  t.equal(
    waiting.values.reduce((sum, { value }) => sum + value, 0),
    10_000,
    'and none is left out',
  )
})

import t from 'tap'
import { createLandingReport } from '../src/landing-report.ts'
import { createMetrics } from '../src/metrics.ts'

t.test('each report is of what landed since the last one, over all tables', async (t) => {
  const { latency } = createMetrics({ held: () => 0, parked: () => [] })
  const report = createLandingReport(latency)
  t.equal(await report(), undefined, 'nothing landed yet')

  for (let index = 0; index < 99; index += 1) latency.observe({ table: `t${index % 3}` }, 0.2)
  latency.observe({ table: 't0' }, 4)
  const first = await report()
  t.equal(first?.appends, 100)
  t.ok(first!.p50_seconds > 0.1 && first!.p50_seconds < 0.25, String(first?.p50_seconds))
  t.ok(first!.p99_seconds <= 0.25, 'the slowest one of a hundred is beyond the 99th')

  latency.observe({ table: 't1' }, 4)
  const second = await report()
  t.equal(second?.appends, 1)
  t.ok(second!.p99_seconds > 2.5 && second!.p99_seconds < 5, 'below the edge of 5 s, as it was')
  t.equal(await report(), undefined)
})

t.test('what is beyond every edge is a number too', async (t) => {
  const { latency } = createMetrics({ held: () => 0, parked: () => [] })
  latency.observe({ table: 't' }, 10_000)
  t.equal((await createLandingReport(latency)())?.p99_seconds, 1200)
})

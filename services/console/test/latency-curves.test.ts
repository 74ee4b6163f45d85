import t from 'tap'
import { latencyCurves } from '../src/flow/latency-curves.ts'
import type { Step } from '../src/flow/sampler.ts'
import { noCounts } from '../src/flow/reading.ts'

/** A step in which so many appends took a second at most, and so many four. */
const step = (seconds: number, quick: number, slow: number): Step => ({
  at: seconds * 1000,
  seconds: 5,
  change: {
    received: 0,
    givenBack: 0,
    held: 0,
    tables: new Map([
      [
        'orders',
        {
          ...noCounts(),
          buckets: new Map([
            [1, quick],
            [4, quick + slow],
            [Infinity, quick + slow],
          ]),
        },
      ],
    ]),
  },
})

t.test('each point is of the minute before, and of a table alone', (t) => {
  const steps = [step(5, 0, 10), step(10, 10, 0), step(65, 10, 0), step(200, 0, 0)]
  const { p50, p99 } = latencyCurves(steps, 0, ['orders', 'other'])
  t.same(p50['orders'], [2.5, 1, 0.5, null], 'after a minute the slow ones are gone')
  t.same(p99['orders'], [3.97, 3.94, 0.99, null])
  t.same(p50['other'], [null, null, null, null])
  t.same(
    latencyCurves(steps, 10_000, ['orders']).p50['orders'],
    [0.5, null],
    'later points, with what came before',
  )
  t.end()
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { LatencyWindow } from '../../src/flow/latency-window.ts'
import { quantile } from '../../src/flow/quantile.ts'

/** Of so many appends some took a second at most, and the others four. */
const appends = (quick: number, slow: number) => ({
  buckets: new Map([
    [1, quick],
    [4, quick + slow],
    [Infinity, quick + slow],
  ]),
})

t.test('what is told is of the time before, and of a table alone', (t) => {
  const window = new LatencyWindow(60_000)
  const after = (seconds: number, quick: number, slow: number) => {
    window.add(seconds * 1000, new Map([['orders', appends(quick, slow)]]))
    return window.latencies.get('orders')
  }
  t.same(after(5, 0, 10), { p50: 2.5, p99: 3.97 })
  t.same(after(10, 10, 0), { p50: 1, p99: 3.94 })
  t.same(after(65, 10, 0), { p50: 0.5, p99: 0.99 }, 'after a minute the slow ones are gone')
  t.equal(window.latencies.get('other'), undefined)
  t.same(after(200, 0, 0), undefined, 'nothing landed')
  t.end()
})

const [OVER_MS, STEP_MS] = [60_000, 5000]
const step = fc.dictionary(
  fc.constantFrom('orders', 'refunds', 'visits'),
  fc.record({ quick: fc.nat(5), slow: fc.nat(5) }),
)

t.test('whatever came, it is what the steps of that time are together', (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const window = new LatencyWindow(OVER_MS)
      for (const [index, tables] of steps.entries()) {
        const each = Object.entries(tables).map(
          ([table, { quick, slow }]) => [table, appends(quick, slow)] as const,
        )
        window.add(index * STEP_MS, new Map(each))
      }
      const own = steps.slice(-OVER_MS / STEP_MS)
      for (const table of ['orders', 'refunds', 'visits']) {
        const total = (of: 'quick' | 'slow') => own.reduce((sum, each) => sum + (each[table]?.[of] ?? 0), 0)
        const { buckets } = appends(total('quick'), total('slow'))
        const p50 = quantile(buckets, 0.5)
        assert.deepEqual(window.latencies.get(table)?.p50 ?? null, p50)
      }
    }),
    { numRuns: 50 },
  )
  t.end()
})

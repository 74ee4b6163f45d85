import t from 'tap'
import { backoff } from '../src/backoff.ts'

t.test('each failure doubles the wait, up to the longest; jitter takes up to half of it', (t) => {
  const bounds = { firstMs: 50, longestMs: 2000 }
  for (const [failures, whole] of [
    [1, 50],
    [2, 100],
    [6, 1600],
    [7, 2000],
    [1000, 2000],
  ] as const) {
    for (let i = 0; i < 100; i++) {
      const wait = backoff(failures, bounds)
      if (wait < whole / 2 || wait > whole) t.fail(`${wait} ms after ${failures} failures`)
    }
  }
  t.pass()
  t.end()
})

import t from 'tap'
import { lineShares } from '../../../src/bigquery/catalog/line-shares.ts'

const MB = 2n ** 20n

t.test('lines are divided by their values and by their bytes', async (t) => {
  const small = Array.from({ length: 5 }, (_, id) => [BigInt(id), 10n] as const)
  t.same(lineShares(small, 100_000), [
    [0n, 1n],
    [2n, 3n],
    [4n, 4n],
  ])
  const large = [
    [3n, 9n * MB],
    [4n, 7n * MB],
    [7n, 1n],
    [8n, 20n * MB],
    [9n, 1n],
  ] as const
  t.same(lineShares(large, 300), [
    [3n, 4n],
    [7n, 7n],
    [8n, 8n],
    [9n, 9n],
  ])
  t.same(lineShares([], 300), [])
})

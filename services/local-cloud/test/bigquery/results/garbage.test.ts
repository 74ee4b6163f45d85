import { getHeapSpaceStatistics } from 'node:v8'
import t from 'tap'
import { Garbage } from '../../../src/bigquery/results/garbage.ts'

const used = () => process.memoryUsage().heapUsed / 2 ** 20
const rows = () => Array.from({ length: 100_000 }, (_, n) => ({ n, text: `row ${n}` }))

t.test('while pages are made, the place for new objects stays small', async (t) => {
  const young = () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_size / 2 ** 20
  const garbage = new Garbage()
  // other tests of the process may have made it larger
  const before = young()
  let held: unknown
  // what survives a collection has V8 double the place, up to 128 MB
  for (let page = 0; page < 6; page++) {
    garbage.collectIfGrown()
    held = [rows(), rows()]
  }
  t.ok(held)
  t.ok(young() <= Math.max(32, before), `${young()} MB`)
})

t.test('the heap is looked through once it has grown, and what nobody holds is free', async (t) => {
  const garbage = new Garbage()
  // other tests may have left more than the first growth
  const held: unknown[] = []
  while (used() < 40) held.push(rows())
  garbage.collectIfGrown()
  const before = held.length
  const floor = used()
  while (used() < floor * 1.5 + 40) held.push(rows())
  const full = used()
  t.ok(held.length > before)
  held.length = 0
  garbage.collectIfGrown()
  t.ok(used() < full - 30, `${used()} MB of ${full}`)
})

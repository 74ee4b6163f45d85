import { randomUUID } from 'node:crypto'
import t from 'tap'
import { Refusals, wideningKey } from '../../src/apply/refusals.ts'
import type { TableState } from '../../src/tables.ts'

const FINAL = { reason: 'no', isFinal: true }
const tableWith = (...names: string[]): TableState => ({
  columns: [],
  etag: randomUUID(),
  fields: names.map((name) => ({ name, type: 'STRING' })),
  primaryKey: [],
  isPartitioned: true,
  requiresPartitionFilter: false,
  createdAt: 0,
  modifiedAt: 0,
})

t.test(
  'what was refused is doubted until the table is seen to be the same, and then remembered for minutes',
  (t) => {
    const clock = { now: 0 }
    const refusals = new Refusals(() => clock.now)
    const key = wideningKey('a', 'NUMERIC')
    t.equal(refusals.isEmpty, true)
    refusals.remember(key, FINAL, tableWith('a'))
    refusals.saw(tableWith('a', 'b'))
    t.equal(refusals.doubtOf(key), 'no', 'what is read so soon may be old')
    t.equal(refusals.isOpen(key), false)
    clock.now = 1000
    t.equal(refusals.isReadDue, true)
    refusals.saw(tableWith('a'))
    t.equal(refusals.isReadDue, false)
    t.equal(refusals.doubtOf(key), undefined)
    t.equal(refusals.reasonOf(key), 'no')
    t.equal(refusals.isOpen(wideningKey('a', 'FLOAT64')), true)
    clock.now = 5 * 60_000
    t.equal(refusals.reasonOf(key), undefined)
    t.equal(refusals.isOpen(key), true)
    t.end()
  },
)

t.test('if it is another one it is asked for again, and is certain when it is refused again', (t) => {
  const clock = { now: 0 }
  const refusals = new Refusals(() => clock.now)
  refusals.remember('a', FINAL, tableWith())
  clock.now = 1000
  refusals.saw(tableWith('x'))
  t.equal(refusals.isOpen('a'), true)
  refusals.remember('a', FINAL, tableWith('x'))
  t.equal(refusals.reasonOf('a'), 'no')
  t.end()
})

t.test('what nobody knows to be final is asked for again each second, and is never certain', (t) => {
  const clock = { now: 0 }
  const refusals = new Refusals(() => clock.now)
  for (let n = 0; n < 3; n++) {
    refusals.remember('a', { reason: 'odd', isFinal: false }, tableWith())
    t.equal(refusals.doubtOf('a'), 'odd')
    refusals.wasCurrent(tableWith())
    clock.now += 1000
    refusals.saw(tableWith())
    t.equal(refusals.isOpen('a'), true)
  }
  t.end()
})

t.test('of very many the oldest are forgotten', (t) => {
  const refusals = new Refusals(() => 0)
  for (let n = 0; n <= 1000; n++) refusals.remember(String(n), FINAL)
  t.equal(refusals.isOpen('0'), true)
  t.equal(refusals.isOpen('1'), false)
  t.end()
})

t.test('a change of very many columns is remembered by what it hashes to', (t) => {
  const refusals = new Refusals(() => 0)
  refusals.remember('x'.repeat(100_000), FINAL)
  t.equal(refusals.isOpen('x'.repeat(100_000)), false)
  t.equal(refusals.isOpen('x'.repeat(99_999)), true)
  t.end()
})

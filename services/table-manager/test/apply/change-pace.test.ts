import t from 'tap'
import { ChangePace } from '../../src/apply/change-pace.ts'
import type { TableState } from '../../src/tables.ts'

const state = (others: Partial<TableState>): TableState => ({
  columns: [],
  etag: 'e',
  fields: [],
  primaryKey: [],
  isPartitioned: true,
  requiresPartitionFilter: false,
  createdAt: 0,
  modifiedAt: 100_000,
  ...others,
})

t.test('the first changes of a partitioned table come at once, those that follow at a pace', (t) => {
  const clock = { now: 100_000 }
  const pace = new ChangePace(() => clock.now)
  for (let change = 0; change < 4; change++) {
    t.equal(pace.waitBefore(state({})), 0)
    pace.changed()
  }
  const wait = pace.waitBefore(state({}))
  t.ok(wait >= 2500 && wait < 3000, `${wait} ms`)
  clock.now += 10_000
  t.equal(pace.waitBefore(state({})), 0, 'after a rest at once again')
  t.end()
})

t.test('one that is not partitioned changes at the pace from its second change on', (t) => {
  const clock = { now: 100_000 }
  const pace = new ChangePace(() => clock.now)
  t.equal(pace.waitBefore(undefined), 0)
  t.equal(pace.waitBefore(state({ isPartitioned: false, createdAt: 100_000 })), 0)
  t.ok(pace.waitBefore(state({ isPartitioned: false })) >= 2500)
  t.end()
})

t.test('a clock that is behind BigQuery’s does not wait longer', (t) => {
  const wait = new ChangePace(() => 0).waitBefore(state({ isPartitioned: false }))
  t.ok(wait >= 2500 && wait < 3000, `${wait} ms`)
  t.end()
})

t.test('columns that nobody changed meanwhile are waited for once', (t) => {
  const pace = new ChangePace(() => 100_000)
  t.ok(pace.waitBefore(state({ isPartitioned: false })) > 0)
  t.equal(pace.waitBefore(state({ isPartitioned: false, modifiedAt: 100_001 })), 0, 'rows were written')
  const changed = state({ isPartitioned: false, fields: [{ name: 'a', type: 'STRING' }] })
  t.ok(pace.waitBefore(changed) > 0)
  t.end()
})

import { column } from '@tablestream/table-schema'
import t from 'tap'
import { LostAnswers } from '../../src/apply/lost-answers.ts'
import type { TableChange } from '../../src/table-change.ts'
import type { TableState } from '../../src/tables.ts'

const state: TableState = {
  columns: [column('a', 'NUMERIC')],
  etag: 'e',
  fields: [],
  primaryKey: [],
  isPartitioned: true,
  requiresPartitionFilter: false,
  createdAt: 0,
  modifiedAt: 0,
}
const change = (others: Partial<TableChange>): TableChange => ({
  table: 't',
  outcome: 'altered',
  added: [],
  relaxed: [],
  widened: [],
  eventIds: [],
  ...others,
})

t.test('changes whose answer was lost are told once the table shows them, and only once', (t) => {
  const lost = new LostAnswers()
  const done = [change({ added: ['a'] }), change({ widened: [{ path: 'a', from: 'INT64', to: 'NUMERIC' }] })]
  for (const each of [...done, change({ added: ['b'] })]) lost.add(each)
  t.same(lost.foundIn(undefined), [], 'while there is no table nothing is known')
  t.same(lost.foundIn(state), done)
  t.same(lost.foundIn({ ...state, columns: [...state.columns, column('b', 'STRING')] }), [])
  t.end()
})

t.test('changes of thousands of columns are looked for by a few looks at each', (t) => {
  const lost = new LostAnswers()
  const added = Array.from({ length: 3000 }, (_, n) => `k${n}`)
  let looks = 0
  const columns = added.map((name) => ({
    ...column(name, 'INT64'),
    get name() {
      looks++
      return name
    },
  }))
  const changes = [change({ added }), change({ relaxed: added })]
  for (const each of changes) lost.add(each)
  t.same(lost.foundIn({ ...state, columns }), changes)
  t.ok(looks <= 10 * added.length, `${looks} looks`)
  t.end()
})

import { column } from '@tablestream/table-schema'
import t from 'tap'
import { changedColumns } from '../../src/rewind/differences.ts'

t.test('columns that came, went, or have another type are told by their paths', (t) => {
  const before = [
    column('a', 'INT64'),
    column('same', 'DATE'),
    column('code', 'STRING', { limit: { maxLength: 3 } }),
    column('r', 'RECORD', { fields: [column('x', 'INT64'), column('gone', 'BOOL')] }),
    column('list', 'STRING', { mode: 'REPEATED' }),
  ]
  const after = [
    column('a', 'STRING'),
    column('code', 'STRING'),
    column('same', 'DATE'),
    column('r', 'RECORD', { fields: [column('x', 'INT64', { mode: 'REQUIRED' })] }),
    column('list', 'RECORD', { mode: 'REPEATED', fields: [column('y', 'JSON')] }),
  ]
  t.same(changedColumns(before, after), [
    { path: 'a', before: 'INT64', after: 'STRING' },
    { path: 'code', before: 'STRING(3)', after: 'STRING' },
    { path: 'r.x', before: 'INT64', after: 'INT64 NOT NULL' },
    { path: 'r.gone', before: 'BOOL', after: undefined },
    { path: 'list', before: 'ARRAY<STRING>', after: 'ARRAY<STRUCT>' },
    { path: 'list.y', before: undefined, after: 'JSON' },
  ])
  t.same(changedColumns(before, before), [])
  t.end()
})

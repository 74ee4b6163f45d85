import t from 'tap'
import { markOf } from '../../src/flow/marks.ts'
import { describeColumns, historyOf } from '../../src/tables/describe-table.ts'

const SYSTEM = ['event_id', 'event_date', 'processed_timestamp', '_unmapped', '_source', '_fingerprint']
const CHANGE = {
  changed_at: '2031-05-04T10:00:00Z',
  table_name: 'page_view',
  change: 'created',
  added: [] as string[],
  widened: [] as { path: string; from_type: string; to_type: string }[],
  relaxed: [] as string[],
} as const

t.test('a table that was made is told by the columns of its events', (t) => {
  const { text } = markOf({ ...CHANGE, added: [...SYSTEM, 'event_type', 'url', 'user'] })
  t.equal(text, '+ event_type, + url, + user, and 6 that every table has')
  t.end()
})

t.test('what does not fit into the line of a change is counted', (t) => {
  const added = Array.from({ length: 14 }, (_, index) => `c${index}`)
  const { text } = markOf({ ...CHANGE, change: 'altered', added, relaxed: ['a'] })
  t.equal(
    text,
    `${added
      .slice(0, 10)
      .map((name) => `+ ${name}`)
      .join(', ')}, and 5 more`,
  )
  t.end()
})

t.test('types have the names that SQL gives them, whatever the API calls them', (t) => {
  const fields = [
    { name: 'ms', type: 'FLOAT' },
    { name: 'n', type: 'INTEGER' },
    { name: 'ok', type: 'BOOLEAN' },
    { name: 'items', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'id', type: 'STRING' }] },
  ]
  t.same(
    describeColumns('page_view', fields, []).map(({ path, type }) => `${path} ${type}`),
    ['ms FLOAT64', 'n INT64', 'ok BOOL', 'items STRUCT', 'items.id STRING'],
  )
  const widened = [{ path: 'n', from_type: 'INTEGER', to_type: 'NUMERIC' }]
  const change = {
    ...CHANGE,
    change: 'altered' as const,
    change_id: 'c',
    event_ids: [],
    added: ['items'],
    widened,
  }
  t.same(historyOf([change], fields).changes[0]?.lines, ['+ items ARRAY<STRUCT>', '- n INT64', '+ n NUMERIC'])
  t.end()
})

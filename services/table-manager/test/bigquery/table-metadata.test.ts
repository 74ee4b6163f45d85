import t from 'tap'
import { stateOf } from '../../src/bigquery/table-metadata.ts'

t.test('a Table resource says what a change is planned for', (t) => {
  t.match(
    stateOf({
      etag: 'e1',
      schema: { fields: [{ name: 'a', type: 'INTEGER' }] },
      timePartitioning: { type: 'DAY', field: 'event_date' },
      requirePartitionFilter: true,
      tableConstraints: { primaryKey: { columns: ['a'] } },
      creationTime: '1',
      lastModifiedTime: '2',
    }),
    {
      etag: 'e1',
      columns: [{ name: 'a', type: 'INT64' }],
      primaryKey: ['a'],
      isPartitioned: true,
      requiresPartitionFilter: true,
      createdAt: 1,
      modifiedAt: 2,
    },
  )
  t.end()
})

t.test('what it does not say is not so', (t) => {
  t.same(stateOf({}), {
    etag: undefined,
    fields: [],
    columns: stateOf({}).columns,
    primaryKey: [],
    isPartitioned: false,
    requiresPartitionFilter: false,
    createdAt: 0,
    modifiedAt: 0,
  })
  t.end()
})

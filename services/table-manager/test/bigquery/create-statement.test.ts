import { destination } from '@tablestream/contract'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { createStatement, createViewStatement } from '../../src/bigquery/create-statement.ts'
import { fieldsOfColumns } from '../../src/bigquery/table-fields.ts'

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED', description: 'JSON key "a\\nb"' },
  { name: 'event_date', type: 'DATE', mode: 'NULLABLE' },
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'sku', type: 'STRING', mode: 'REQUIRED' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED', description: 'two\nlines' },
    ],
  },
]

t.test('a table is partitioned, clustered and described as by the API', (t) => {
  t.equal(
    createStatement('p.d.orders', destination('order'), FIELDS, {
      requirePartitionFilter: true,
      primaryKey: ['_source', 'id'],
      labels: { made_by: 'rewind' },
    }),
    [
      String.raw`CREATE TABLE ${'`p.d.orders`'} (${'`id`'} STRING NOT NULL OPTIONS(description="JSON key \"a\\nb\""), `,
      '`event_date` DATE, ',
      String.raw`${'`items`'} ARRAY<STRUCT<${'`sku`'} STRING NOT NULL, ${'`tags`'} ARRAY<STRING> OPTIONS(description="two\nlines")>>, `,
      'PRIMARY KEY (`_source`, `id`) NOT ENFORCED) ',
      'PARTITION BY `event_date` CLUSTER BY `customer_id`, `status` OPTIONS(require_partition_filter=TRUE, labels=[("made_by", "rewind")])',
    ].join(''),
  )
  t.end()
})

t.test('what is not asked for is not said', (t) => {
  const [, day] = FIELDS
  t.equal(
    createStatement('p.d.x', destination('x'), [day!]),
    'CREATE TABLE `p.d.x` (`event_date` DATE) PARTITION BY `event_date`',
  )
  t.equal(createViewStatement('p.d.v', 'SELECT 1'), 'CREATE VIEW `p.d.v` AS SELECT 1')
  t.end()
})

t.test(
  'what somebody allows of the values of a column stays in a table that is made like it, as by a rewind',
  (t) => {
    const fields = fieldsOfColumns([
      column('code', 'STRING', { limit: { maxLength: 3 } }),
      column('prices', 'NUMERIC', { mode: 'REPEATED', limit: { precision: 5, scale: 2 } }),
      column('r', 'RECORD', { fields: [column('n', 'NUMERIC', { limit: { precision: 2, scale: 0 } })] }),
    ])
    t.match(fields, [{ maxLength: '3' }, { precision: '5', scale: '2' }])
    t.match(
      createStatement('p.d.x', destination('x'), fields),
      '(`code` STRING(3), `prices` ARRAY<NUMERIC(5, 2)>, `r` STRUCT<`n` NUMERIC(2)>)',
    )
    t.end()
  },
)

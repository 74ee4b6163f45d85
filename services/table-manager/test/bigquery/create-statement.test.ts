import { destination } from '@tablestream/contract'
import t from 'tap'
import { createStatement, createViewStatement } from '../../src/bigquery/create-statement.ts'

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

import t from 'tap'
import { CATALOGUE, destination } from '../../src/index.ts'

t.test('known types go to their table, others to one of their own name', (t) => {
  t.match(destination('order'), {
    table: 'orders',
    partitionBy: 'event_date',
    clusterBy: ['customer_id', 'status'],
  })
  t.match(destination('inventory'), { table: 'inventory', clusterBy: ['product_id', 'warehouse_id'] })
  t.match(destination('user_activity'), { table: 'user_activity', clusterBy: ['user_id', 'activity_type'] })
  t.same(destination('page.view'), {
    table: 'page__view',
    partitionBy: 'event_date',
    clusterBy: [],
    contract: [],
  })
  t.end()
})

t.test('an unknown type never lands in a table that holds something else', (t) => {
  const taken =
    'orders user_events_streaming dead_letters dead_letter_reasons schema_changes orders_deduplicated orders_rewound a_before_rewind_2026'
  for (const type of [...taken.split(' '), 'information_schema', 'INFORMATION_SCHEMA', 'Orders']) {
    const { table } = destination(type)
    t.match(table, new RegExp(`^${type.toLowerCase()}_[0-9a-f]{32}$`))
  }
  t.end()
})

t.test('types that look alike have tables of their own', (t) => {
  const pairs = [
    ['pair.x', 'pair_x'],
    ['PairX2', 'pair_x2'],
    ['zzz', 'ZZZ '],
    ['dead_letters', 'dead_letters_events'],
    ['9', 't_9'],
    ['Page-View', 'page_view'],
    ['ORDER', 'Order '],
    ['order', 'Order'],
  ]
  for (const [one, two] of pairs) t.not(destination(one!).table, destination(two!).table, `${one}, ${two}`)
  t.end()
})

t.test('every clustering column is in its contract', (t) => {
  for (const { type, clusterBy } of CATALOGUE) {
    const names = destination(type).contract.map(({ name }) => name)
    for (const name of clusterBy) t.ok(names.includes(name), `${type}.${name}`)
  }
  t.end()
})

import t from 'tap'
import { CATALOGUE, destination } from '../src/index.ts'

t.test('known types go to their table, others to one of their own name', (t) => {
  t.match(destination('order'), {
    table: 'orders',
    partitionBy: 'event_date',
    clusterBy: ['customer_id', 'status'],
  })
  t.match(destination('inventory'), { table: 'inventory', clusterBy: ['product_id', 'warehouse_id'] })
  t.match(destination('user_activity'), { table: 'user_activity', clusterBy: ['user_id', 'activity_type'] })
  t.same(destination('PageView'), {
    table: 'page_view',
    partitionBy: 'event_date',
    clusterBy: [],
    contract: [],
  })
  t.end()
})

t.test('an unknown type never lands in a table that holds something else', (t) => {
  for (const type of ['orders', 'Orders', 'dead_letters', 'schema_changes', 'orders_deduplicated']) {
    t.match(destination(type).table, /_events$/)
  }
  t.end()
})

t.test('every clustering column is in its contract', (t) => {
  for (const { type, clusterBy } of CATALOGUE) {
    const names = destination(type).contract.map(({ name }) => name)
    for (const name of clusterBy) t.ok(names.includes(name), `${type}.${name}`)
  }
  t.end()
})

import { BigQuery } from '@google-cloud/bigquery'
import { parsePolicies } from '@tablestream/contract'
import { startLocalCloud } from '@tablestream/local-cloud'
import { createLogger } from '@tablestream/service-kit'
import { buildApp, createTables } from '@tablestream/table-manager'
import t from 'tap'
import { delivery } from './delivery.ts'

const POLICIES = {
  filtered: { require_partition_filter: true },
  keyed: { duplicates: 'upsert' },
}
const ORDER = {
  event_type: 'order',
  order_id: '1',
  customer_id: '2',
  order_date: '2026-01-01T00:00:00Z',
  status: 'pending',
  items: [{ product_id: 'a', product_name: 'b', quantity: 1, price: 1.5 }],
  total_amount: 1.5,
  'new key "with" \\ signs': { 日本: [1, 2], on: true, day: '2026-01-01' },
}
const EVENTS: Readonly<Record<string, object>> = {
  orders: ORDER,
  filtered: { event_type: 'filtered', n: 1, big: 12_345_678_901_234_567_890n.toString(), nothing: null },
  keyed: { event_type: 'keyed', list: [{ a: [{ b: 1 }] }], any: [1, 'x'] },
}
/** What is one table's own. */
const OWN = new Set(['etag', 'id', 'tableReference', 'creationTime', 'lastModifiedTime'])

t.test('a table is the same whether it is inserted or made by a statement, and changes alike', async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const descriptions: Record<string, unknown>[] = []
  for (const dataset of ['inserted', 'stated']) {
    await bigquery.createDataset(dataset)
    const refused = {
      on: 'bigquery.insert_table',
      do: 'error',
      status: 'RESOURCE_EXHAUSTED',
      every: 1,
    } as const
    cloud.faults.set({ rules: dataset === 'stated' ? [refused] : [] })
    const app = await buildApp({
      logger: createLogger({ service: 'table-manager', level: 'silent' }),
      tables: createTables('p', dataset),
      policies: parsePolicies(JSON.stringify(POLICIES)),
      cacheMs: 15_000,
    })
    for (const event of Object.values(EVENTS)) {
      t.equal((await app.inject(delivery(event))).statusCode, 204)
      t.equal(
        (await app.inject(delivery({ ...event, n: 0.5, later: 'x' }))).statusCode,
        204,
        'it changes, too',
      )
    }
    await app.close()
    const described: Record<string, unknown> = {}
    for (const table of Object.keys(EVENTS)) {
      const [metadata] = (await bigquery.dataset(dataset).table(table).getMetadata()) as unknown as [object]
      described[table] = Object.fromEntries(Object.entries(metadata).filter(([key]) => !OWN.has(key)))
    }
    descriptions.push(described)
  }
  t.ok(
    cloud.faults.injected().some(({ injected }) => injected === Object.keys(EVENTS).length),
    'statements made them',
  )
  t.same(descriptions[1], descriptions[0])
  t.match(descriptions[0], {
    orders: { clustering: { fields: ['customer_id', 'status'] }, timePartitioning: { field: 'event_date' } },
    filtered: { requirePartitionFilter: true },
    keyed: { tableConstraints: { primaryKey: { columns: ['_source', 'event_id'] } } },
  })
})

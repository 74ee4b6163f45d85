import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

t.test('of one method so many requests are taken in ten seconds, fewer of tables.insert', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const clock = { now: 0 }
  const cloud = await startLocalCloud({ now: () => clock.now })
  t.teardown(() => cloud.close())
  const apiEndpoint = `http://127.0.0.1:${cloud.bigqueryPort}`
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint, autoRetry: false, maxRetries: 0 })
  const [dataset] = await bigquery.createDataset('d')
  const schema = { fields: [{ name: 'a', type: 'STRING' }] }
  const exceeded = {
    code: 403,
    errors: [{ reason: 'rateLimitExceeded' }],
    message: /too many api requests per user/,
  }
  for (let n = 0; n < 100; n++) await dataset.createTable(`t${n}`, { schema })
  await t.rejects(dataset.createTable('more', { schema }), exceeded)
  await bigquery.query('CREATE TABLE d.more (a STRING)')
  for (let n = 0; n < 1000; n++) await dataset.table('t0').getMetadata()
  await t.rejects(dataset.table('t0').getMetadata(), exceeded)
  clock.now += 10_000
  await dataset.createTable('later', { schema })
  await dataset.table('later').getMetadata()
})

import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../src/index.ts'

t.test('a table of 9,990 columns takes rows, gives them back, and leaves memory for others', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const types = ['STRING', 'INTEGER', 'FLOAT', 'BYTES']
  const fields = Array.from({ length: 9990 }, (_, n) => ({ name: `k${n}`, type: types[n % types.length]! }))
  const row = Object.fromEntries(fields.map(({ name, type }, n) => [name, type === 'BYTES' ? 'AAEC' : n]))
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('wide', { schema: { fields } })
  await table.insert([row, row])
  const [rows] = (await bigquery.query('SELECT k0, k1, k9986, k9987, k9988, k9989 FROM d.wide')) as [object[]]
  const expected = { k0: '0', k1: 1, k9986: 9986, k9987: Buffer.from([0, 1, 2]), k9988: '9988', k9989: 9989 }
  t.same(rows, [expected, expected])
  t.ok(process.memoryUsage.rss() < 2e9, `${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
})

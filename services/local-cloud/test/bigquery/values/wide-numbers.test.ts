import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { wideNumberIn } from '../../../src/bigquery/values/json-numbers.ts'
import { startLocalCloud } from '../../../src/index.ts'

t.test('a BIGNUMERIC keeps all of its digits, and those that stood in a NUMERIC', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', {
    schema: {
      fields: [
        { name: 'n', type: 'NUMERIC' },
        { name: 'i', type: 'INTEGER' },
        { name: 'b', type: 'BIGNUMERIC' },
      ],
    },
  })
  await table.insert([
    { n: '1.5', i: 100, b: '-0.12345678901234567890123456789012345678' },
    { n: '20', i: 0 },
  ])
  await bigquery.query(
    'ALTER TABLE d.t ALTER COLUMN n SET DATA TYPE BIGNUMERIC, ALTER COLUMN i SET DATA TYPE BIGNUMERIC',
  )
  await table.insert([{ n: '99999999999999999999999999999999999999', i: '0.00000000000000000001' }])
  const url = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p/datasets/d/tables/t/data`
  const { rows } = (await (await fetch(url)).json()) as { rows: { f: { v: string | null }[] }[] }
  t.same(
    rows.map(({ f }) => f.map(({ v }) => v)),
    [
      ['1.5', '100', '-0.12345678901234567890123456789012345678'],
      ['20', '0', null],
      ['99999999999999999999999999999999999999', '0.00000000000000000001', null],
    ],
  )
  const [cast] = (await bigquery.query(
    'SELECT CAST(n AS FLOAT64) AS x, CAST(b AS STRING) AS s FROM d.t WHERE b IS NOT NULL',
  )) as [object[]]
  t.same(cast, [{ x: 1.5, s: '-0.12345678901234567890123456789012345678' }])
  const [sum] = (await bigquery.query('SELECT CAST(SUM(n) AS STRING) AS n FROM d.t')) as [object[]]
  t.same(sum, [{ n: '100000000000000000000000000000000000020.5' }])
  await t.rejects(table.insert([{ b: `0.${'1'.repeat(39)}` }]))
})

t.test('JSON holds int64, uint64 and doubles', (t) => {
  for (const text of [
    '[1,1.5,-9223372036854775808,18446744073709551615,1e300,0.30000000000000004,1e20]',
    '"12345678.123456789"',
    '{"e":"1e400"}',
  ])
    t.equal(wideNumberIn(text), undefined, text)
  for (const number of [
    '18446744073709551616',
    '12345678.123456789',
    '1e400',
    '1e-400',
    '1.000000000000000005',
  ])
    t.equal(wideNumberIn(`{"a":[null,${number}]}`), number)
  t.end()
})

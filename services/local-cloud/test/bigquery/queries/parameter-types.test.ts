import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

t.test('parameters of GEOGRAPHY and RANGE come through as what they are', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const one = async (value: unknown) =>
    ((await bigquery.query({ query: 'SELECT @v AS v', params: { v: value } }))[0] as { v: unknown }[])[0]!.v
  t.same(await one(bigquery.geography('POINT(1 2)')), bigquery.geography('POINT(1 2)'))
  t.match(await one(bigquery.range('[2020-10-01, UNBOUNDED)', 'DATE')), {
    elementType: 'DATE',
    start: { value: '2020-10-01' },
  })
  t.match(await one(bigquery.range('[2020-10-01 12:00:00+08, 2020-12-31 12:00:00+08)', 'TIMESTAMP')), {
    start: { value: '2020-10-01T04:00:00.000Z' },
  })
  await t.rejects(one(bigquery.geography('here')), /Cannot convert value to geography/)
  await t.rejects(one(bigquery.range('[2020-10-02, 2020-10-01)', 'DATE')), /less than range end/)
})

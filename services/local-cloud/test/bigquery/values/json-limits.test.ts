import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

const nested = (levels: number) => '['.repeat(levels) + '1' + ']'.repeat(levels)

t.test('a JSON column takes 500 levels and no more; brackets in a text are no levels', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const fields = [
    { name: 'id', type: 'STRING' },
    { name: 'j', type: 'JSON' },
  ]
  const [table] = await dataset.createTable('t', { schema: { fields } })
  const text = JSON.stringify({ text: '\\"[{'.repeat(2000) })
  await table.insert([
    { id: 'deepest', j: nested(500) },
    { id: 'text', j: text },
  ])
  const refused = { errors: [{ errors: [{ reason: 'invalid', message: /j: Max nesting of 500/ }] }] }
  await t.rejects(table.insert([{ id: 'deeper', j: nested(501) }]), refused)
  const half = { errors: [{ errors: [{ reason: 'invalid', message: /j: .*surrogate/ }] }] }
  await t.rejects(table.insert([{ id: 'half', j: String.raw`{"a":"\ud83d x"}` }]), half)
  await t.rejects(table.insert([{ id: 'apart', j: String.raw`"\ud83d\\\ude00"` }]), half)
  await table.insert([{ id: 'whole', j: String.raw`"\ud83d\ude00 \\ud83d"` }])
  // not as a text, but as part of the request: Google's client does not get that far
  const insertAll = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p/datasets/d/tables/t/insertAll`
  const answer = await fetch(insertAll, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"rows":[{"json":{"id":"deeper","j":${nested(501)}}}]}`,
  })
  t.match(await answer.text(), /"reason":"invalid","location":"j".*Max nesting of 500/)
  const [rows] = await bigquery.query('SELECT id, TO_JSON_STRING(j) AS j FROM d.t ORDER BY id')
  t.same(rows, [
    { id: 'deepest', j: nested(500) },
    { id: 'text', j: text },
    { id: 'whole', j: JSON.stringify(String.raw`😀 \ud83d`) },
  ])
})

t.test('a byte order mark at the beginning of a text is part of it', async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', { schema: { fields: [{ name: 's', type: 'STRING' }] } })
  await table.insert([{ s: '\ufeffa' }])
  t.same((await table.getRows())[0], [{ s: '\ufeffa' }])
  t.same((await bigquery.query('SELECT s, LENGTH(s) AS n FROM d.t'))[0], [{ s: '\ufeffa', n: 2 }])
})

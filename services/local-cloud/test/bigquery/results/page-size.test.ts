import t from 'tap'
import { rowsOfPage } from '../../../src/bigquery/results/page-size.ts'
import { startLocalCloud } from '../../../src/index.ts'

t.test('a page has the fewer rows the more columns there are, and one at least', (t) => {
  t.equal(rowsOfPage(3), 50_000)
  t.equal(rowsOfPage(3, 7), 7)
  t.equal(rowsOfPage(3, 0), 0)
  t.equal(rowsOfPage(10_000), 50)
  t.equal(rowsOfPage(10_000, 7), 7)
  t.equal(rowsOfPage(0), 50_000)
  t.end()
})

t.test('a wide result and a wide table come in pages that follow each other', async (t) => {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const root = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const call = async (path: string, body?: object) => {
    const init = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const answer = (await (await fetch(`${root}${path}`, init)).json()) as object
    if ('error' in answer) throw new Error(JSON.stringify(answer.error))
    return answer as {
      rows: { f: { v: string }[] }[]
      pageToken?: string
      jobReference: { jobId: string }
    }
  }
  await call('/datasets', { datasetReference: { datasetId: 'd' } })
  const fields = Array.from({ length: 1000 }, (_, n) => ({ name: `k${n}`, type: 'INTEGER' }))
  await call('/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
  const rows = Array.from({ length: 700 }, (_, n) => ({ json: { k0: n } }))
  await call('/datasets/d/tables/t/insertAll', { rows })
  const first = await call('/datasets/d/tables/t/data')
  const second = await call(`/datasets/d/tables/t/data?pageToken=${first.pageToken}`)
  t.same([first.rows.length, second.rows.length, second.pageToken], [500, 200, undefined])
  t.equal(second.rows[0]!.f[0]!.v, '500')
  const asked = await call('/queries', { query: 'SELECT * FROM d.t ORDER BY k0', useLegacySql: false })
  const rest = await call(`/queries/${asked.jobReference.jobId}?pageToken=${asked.pageToken}`)
  t.same([asked.rows.length, rest.rows.length, rest.pageToken], [500, 200, undefined])
})

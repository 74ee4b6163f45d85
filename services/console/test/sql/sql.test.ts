import t from 'tap'
import { csvLine } from '../../src/sql/lines.ts'
import { build, fakeWarehouse } from '../build.ts'

t.test('only SELECT is run', async (t) => {
  const { warehouse, asked } = fakeWarehouse()
  const { app } = await build(t, { warehouse })
  for (const sql of ['DELETE FROM t WHERE TRUE', 'SCRIPT x', 'CREATE TABLE t (a INT64)', 'EXPORT DATA']) {
    const answer = await app.inject({ method: 'POST', url: '/api/sql', payload: { sql } })
    t.match([answer.statusCode, answer.json()], [400, { code: 'NOT_READ_ONLY' }], sql)
    const file = await app.inject(`/api/sql/download?sql=${encodeURIComponent(sql)}`)
    t.equal(file.statusCode, 400, sql)
  }
  t.same(asked, [])
})

t.test('a file has all rows, and is no page', async (t) => {
  const fields = [{ name: 'a', type: 'STRING' }]
  const { warehouse } = fakeWarehouse({
    SELECT: { fields, rows: [{ a: '<script>' }, { a: null }], totalRows: 2, bytesRead: 0 },
  })
  const { app } = await build(t, { warehouse })
  const csv = await app.inject('/api/sql/download?sql=SELECT%201&format=csv')
  t.equal(csv.body, 'a\r\n<script>\r\n\r\n')
  t.match(csv.headers, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="rows.csv"',
  })
  t.equal((await app.inject('/api/sql/download?sql=SELECT%201')).body, '{"a":"<script>"}\n{"a":null}\n')
})

t.test('a query that would read too much is refused by the name of the setting', async (t) => {
  const refused = Object.assign(
    new Error('Query exceeded limit for bytes billed: 1. 2 or higher required.'),
    {
      code: 400,
      errors: [{ reason: 'bytesBilledLimitExceeded' }],
    },
  )
  const refuse = () => Promise.reject(refused)
  const pages = async function* (): AsyncGenerator<never> {
    yield await refuse()
  }
  const { app } = await build(t, {
    warehouse: { ...fakeWarehouse().warehouse, query: refuse, pages },
    readLedger: refuse,
  })
  for (const ask of [
    { url: '/api/reconcile' },
    { url: '/api/events/1' },
    { method: 'POST', url: '/api/sql', payload: { sql: 'SELECT 1' } } as const,
  ]) {
    const answer = await app.inject(ask)
    t.match(
      [answer.statusCode, answer.json()],
      [400, { code: 'TOO_MANY_BYTES', message: /MAX_BYTES_BILLED/ }],
      ask.url,
    )
  }
  for (const url of ['/api/reconcile?since=999999d', '/api/events/1?since=1970-01-01T00:00:00Z'])
    t.match((await app.inject(url)).json(), { statusCode: 400, code: 'TOO_LONG_AGO' }, url)
})

t.test('a time without Z or an offset is refused: it would be another one on each machine', async (t) => {
  const { app } = await build(t)
  for (const path of ['/api/reconcile', '/api/events/1'])
    for (const since of ['2026-11-29T05:00:00', '2026-02-30', '5'])
      t.match(
        (await app.inject({ url: path, query: { since } })).json(),
        { statusCode: 400, code: 'NOT_A_TIME', message: `"${since}"` },
        path,
      )
})

t.test('where BigQuery takes no more requests for a moment, the answer is to ask again', async (t) => {
  const refused = Object.assign(new Error('Exceeded rate limits: too many api requests'), {
    code: 403,
    errors: [{ reason: 'rateLimitExceeded' }],
  })
  const refuse = () => Promise.reject(refused)
  const { app } = await build(t, { warehouse: { ...fakeWarehouse().warehouse, query: refuse } })
  const answer = await app.inject('/api/events/1')
  t.match(
    [answer.statusCode, answer.json()],
    [503, { code: 'BIGQUERY_BUSY', message: /ask again.*too many api requests/ }],
  )
})

t.test('the id of an event may have 2,000 characters', async (t) => {
  const { app } = await build(t)
  t.match((await app.inject(`/api/events/${'x'.repeat(2000)}`)).json(), { code: 'NO_SUCH_EVENT' })
})

t.test('a cell ends no line and runs no formula', (t) => {
  t.equal(csvLine(['a,b', 'c"d', 'e\nf', null, 1, true]), '"a,b","c""d","e\nf",,1,true\r\n')
  t.equal(csvLine(['=1+1', '@x', '-5', '-x', [1]]), `"'=1+1","'@x",-5,"'-x",[1]\r\n`)
  t.equal(csvLine([' =1', '\n=1', '＝1', 'a;=1', 'a\t=1']), `"' =1","'\n=1","'＝1","a;=1","a\t=1"\r\n`)
  t.end()
})

t.test('no name of a table ends its quotes', async (t) => {
  const { warehouse, asked } = fakeWarehouse()
  const { app } = await build(t, { warehouse })
  for (const name of ['a`b', 'a\\b', "a'; DROP", 'a.b', ''])
    t.ok(
      [400, 404].includes((await app.inject(`/api/tables/${encodeURIComponent(name)}/rows`)).statusCode),
      name,
    )
  t.same(
    asked.filter((sql) => !sql.includes('INFORMATION_SCHEMA')),
    [],
  )
})

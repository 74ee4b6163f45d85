import t from 'tap'
import { csvLine } from '../src/sql/lines.ts'
import { build, fakeWarehouse } from './build.ts'

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

t.test('a cell ends no line and runs no formula', (t) => {
  t.equal(csvLine(['a,b', 'c"d', 'e\nf', null, 1, true]), '"a,b","c""d","e\nf",,1,true\r\n')
  t.equal(csvLine(['=1+1', '@x', '-5', '+3', '-x', [1]]), "'=1+1,'@x,-5,'+3,'-x,[1]\r\n")
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

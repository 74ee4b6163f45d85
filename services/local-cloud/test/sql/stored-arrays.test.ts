import t from 'tap'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly numDmlAffectedRows?: string
  readonly error?: { readonly message: string }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, get } = await openRest<Answer & Readonly<Record<string, unknown>>>(t)
  /** Changed rows, or the message of an error. */
  const run = async (query: string) => {
    const { error, numDmlAffectedRows } = await ask(query)
    return error?.message ?? numDmlAffectedRows ?? 'done'
  }
  /** Rows as text, in their order. */
  const rows = async (query: string) => {
    const { error, rows: found = [] } = await ask(query)
    return (
      error?.message ??
      found.map(({ f }) => f.map(({ v }) => (v === null ? '-' : JSON.stringify(v))).join(' '))
    )
  }
  return { get, run, rows }
}

t.test('arrays of a table are never NULL, and hold no NULL', async (t) => {
  const { run, rows } = await open(t)
  await run('CREATE TABLE d.a (id INT64, list ARRAY<INT64>, s STRUCT<b ARRAY<STRING>>)')
  await run('INSERT d.a (id, list) VALUES (1, NULL), (2, [1]), (3, [])')
  await run('INSERT d.a (id, s) VALUES (4, STRUCT(CAST(NULL AS ARRAY<STRING>)))')
  t.same(await rows('SELECT id, list IS NULL, ARRAY_LENGTH(list) FROM d.a ORDER BY id'), [
    '"1" "false" "0"',
    '"2" "false" "1"',
    '"3" "false" "0"',
    '"4" "false" "0"',
  ])
  t.same(await rows('SELECT s.b IS NULL, ARRAY_LENGTH(s.b) FROM d.a WHERE id = 4'), ['"false" "0"'])
  t.equal(await run('UPDATE d.a SET list = ARRAY_CONCAT(list, [9]) WHERE id = 1'), '1')
  t.same(await rows('SELECT ARRAY_LENGTH(list) FROM d.a WHERE id = 1'), ['"1"'])
  const none = /Array cannot have a null element; error in writing field/
  t.match(await run('INSERT d.a (list) VALUES ([1, NULL])'), none)
  t.match(await run(`INSERT d.a (s) VALUES (STRUCT(['x', NULL]))`), none)
  t.match(await run('UPDATE d.a SET list = [NULL] WHERE id = 1'), none)
  t.match(await run('CREATE TABLE d.b AS SELECT [1, NULL] AS list'), none)
  t.match(await rows('SELECT * FROM d.b'), /Not found/)
})

t.test('arrays inside of a STRUCT of a table are never NULL, however the STRUCT is read', async (t) => {
  const { run, rows } = await open(t)
  await run(
    'CREATE TABLE d.a (id INT64, s STRUCT<n INT64, l ARRAY<INT64>, r ARRAY<STRUCT<l ARRAY<INT64>, n INT64>>>)',
  )
  await run('INSERT d.a (id, s) VALUES (1, NULL), (2, STRUCT(1, NULL, NULL))')
  await run('INSERT d.a VALUES (3, STRUCT(2, NULL, [STRUCT(CAST(NULL AS ARRAY<INT64>), 3)]))')
  const text = (sql: string) => rows(`SELECT REPLACE(${sql}, '"', "'") FROM d.a ORDER BY id`)
  const second = `{'n':1,'l':[],'r':[]}`
  const third = `{'n':2,'l':[],'r':[{'l':[],'n':3}]}`
  t.same(await text('TO_JSON_STRING(s)'), ['"null"', `"${second}"`, `"${third}"`])
  t.same(await text('TO_JSON_STRING(a)'), [
    `"{'id':1,'s':null}"`,
    `"{'id':2,'s':${second}}"`,
    `"{'id':3,'s':${third}}"`,
  ])
  t.same(await text('TO_JSON_STRING(s.r)'), ['"null"', '"[]"', `"[{'l':[],'n':3}]"`])
  t.same(await rows(`SELECT each.l IS NULL, ARRAY_LENGTH(each.l) FROM d.a, UNNEST(s.r) AS each`), [
    '"false" "0"',
  ])
  t.same(await rows(`SELECT each.l IS NULL, ARRAY_LENGTH(each.l) FROM d.a, a.s.r AS each`), ['"false" "0"'])
  t.same(await rows(`SELECT s.l IS NULL FROM (SELECT s FROM d.a) WHERE s.n = 1`), ['"false"'])
  t.equal(await run(`DELETE FROM d.a WHERE TO_JSON_STRING(s) LIKE '%[{"l":[],%'`), '1')
})

t.test('where an outer join finds no row, an array is NULL as all other columns are', async (t) => {
  const { run, rows } = await open(t)
  await run('CREATE TABLE d.a (id INT64, l ARRAY<INT64>)')
  await run('INSERT d.a VALUES (1, NULL)')
  const told = 'a.l IS NULL, ARRAY_LENGTH(a.l)'
  const one = 'SELECT n FROM UNNEST([1, 2]) AS n'
  const found = ['"false" "0"', '"true" -']
  t.same(await rows(`SELECT ${told} FROM (${one}) AS o LEFT JOIN d.a AS a ON a.id = n ORDER BY n`), found)
  t.same(await rows(`SELECT ${told} FROM d.a AS a RIGHT JOIN (${one}) AS o ON a.id = n ORDER BY n`), found)
  t.same(
    await rows(
      `SELECT ${told} FROM d.a FULL JOIN (SELECT n AS id FROM (${one})) AS o USING (id) ORDER BY id`,
    ),
    found,
  )
  const both = '(d.a JOIN (SELECT 1 AS n) AS b ON a.id = b.n)'
  t.same(await rows(`SELECT ${told} FROM (${one}) AS o LEFT JOIN ${both} ON b.n = o.n ORDER BY o.n`), found)
  t.same(await rows(`SELECT l FROM (${one}) AS o LEFT JOIN d.a ON a.id = n ORDER BY n`), ['[]', '[]'])
  t.same(await rows(`SELECT a.id FROM (${one}) AS o LEFT JOIN d.a ON a.id = n ORDER BY n`), ['"1"', '-'])
  t.same(
    await rows(`SELECT o.* FROM (SELECT * FROM (${one}) AS o LEFT JOIN d.a ON a.id = n) AS o ORDER BY n`),
    ['"1" "1" []', '"2" - []'],
  )
})

import t from 'tap'
import { openRest } from '../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[]
  readonly numDmlAffectedRows?: string
  readonly error?: { readonly message: string }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, post } = await openRest<Answer>(t)
  /** The first cell of each row, or how many rows were changed, or the message of an error. */
  const run = async (query: string) => {
    const { error, rows, numDmlAffectedRows } = await ask(query)
    return error?.message ?? numDmlAffectedRows ?? (rows ?? []).map(({ f }) => f[0]!.v)
  }
  return { run, post }
}

t.test('UPDATE and MERGE set fields of a STRUCT, and leave the others as they are', async (t) => {
  const { run } = await open(t)
  await run('CREATE TABLE d.t (id INT64, s STRUCT<a INT64, b STRING, c STRUCT<d INT64, e ARRAY<INT64>>>)')
  await run(`INSERT INTO d.t VALUES (1, (10, 'x', (100, [1, 2]))), (2, (20, 'y', (200, [3]))), (3, NULL)`)
  const shown = (id: number) => run(`SELECT TO_JSON_STRING(s) FROM d.t WHERE id = ${id}`)
  t.equal(await run('UPDATE d.t SET s.a = s.a + 1, S.C.D = id WHERE id = 1'), '1')
  t.same(await shown(1), ['{"a":11,"b":"x","c":{"d":1,"e":[1,2]}}'])
  t.same(await shown(2), ['{"a":20,"b":"y","c":{"d":200,"e":[3]}}'])
  t.equal(await run(`UPDATE d.t AS u SET u.s.c.e = [], u.id = 4 WHERE u.id = 1`), '1')
  t.same(await shown(4), ['{"a":11,"b":"x","c":{"d":1,"e":[]}}'])
  t.equal(
    await run(
      `MERGE d.t AS t USING (SELECT 2 AS k, 'new' AS v) ON id = k WHEN MATCHED THEN UPDATE SET t.s.b = v`,
    ),
    '1',
  )
  t.same(await shown(2), ['{"a":20,"b":"new","c":{"d":200,"e":[3]}}'])
  t.equal(await run('UPDATE d.t SET s.a = NULL, s.b = u.v FROM (SELECT "z" AS v) AS u WHERE id = 2'), '1')
  t.same(await shown(2), ['{"a":null,"b":"z","c":{"d":200,"e":[3]}}'])
  t.match(await run('UPDATE d.t SET s.a = 1 WHERE id = 3'), /Cannot set a field of NULL: s/)
  for (const [sql, message] of [
    ['UPDATE d.t SET s.a = 1, s.a = 2 WHERE TRUE', /s\.a assigned more than once/],
    ['UPDATE d.t SET s.c = NULL, s.c.d = 2 WHERE TRUE', /s\.c\.d assigned more than once/],
    ['UPDATE d.t SET s.c.d = 2, s = NULL WHERE TRUE', /s assigned more than once/],
    ['UPDATE d.t SET s.x = 1 WHERE TRUE', /Field name x does not exist/],
    ['UPDATE d.t SET id.x = 1 WHERE TRUE', /Cannot access field x on a value with type INT64/],
    ['UPDATE d.t SET s.c.e.f = 1 WHERE TRUE', /Cannot access field f on a value with type ARRAY<INT64>/],
    [`UPDATE d.t SET s.a = 'x' WHERE TRUE`, /cannot be inserted into column a, which has type INT64/],
    ['UPDATE d.t SET s.c.e = [NULL] WHERE id = 2', /null element/],
    ['UPDATE d.t SET s.a = DEFAULT WHERE TRUE', /DEFAULT is not for a field/],
    ['UPDATE d.t SET nothing.a = 1 WHERE TRUE', /Column nothing is not present in table t/],
  ] as const)
    t.match(await run(sql), message, sql)
})

t.test('TABLESAMPLE reads the one block of a small table, or none of it', async (t) => {
  const { run, post } = await open(t)
  await run('CREATE TABLE d.t AS SELECT 1 AS n UNION ALL SELECT 2')
  const count = 'SELECT COUNT(*) FROM d.t'
  t.same(await run(`${count} TABLESAMPLE SYSTEM (10 PERCENT)`), ['2'])
  t.same(await run(`${count} AS x TABLESAMPLE SYSTEM (0.5 PERCENT) WHERE x.n = 1`), ['1'])
  t.same(
    await run(
      `${count} a TABLESAMPLE SYSTEM (1 PERCENT) JOIN d.t b TABLESAMPLE SYSTEM (100 PERCENT) USING (n)`,
    ),
    ['2'],
  )
  t.same(await run(`${count} TABLESAMPLE SYSTEM (0 PERCENT)`), ['0'])
  const { rows } = await post('queries', {
    query: `${count} TABLESAMPLE SYSTEM (@share PERCENT)`,
    useLegacySql: false,
    queryParameters: [{ name: 'share', parameterType: { type: 'INT64' }, parameterValue: { value: '0' } }],
  })
  t.equal(rows?.[0]?.f[0]?.v, '0')
  t.match(await run(`${count} TABLESAMPLE SYSTEM (101 PERCENT)`), /from 0 to 100/)
  t.match(await run(`${count} TABLESAMPLE SYSTEM ('x' PERCENT)`), /from 0 to 100/)
  t.match(await run(`${count} TABLESAMPLE BERNOULLI (10 PERCENT)`), /Syntax error/)
})

t.test(
  'NULL takes the type of its column in the SELECT of an INSERT, and is an INT64 behind WITH',
  async (t) => {
    const { run } = await open(t)
    await run('CREATE TABLE d.a (n INT64, s STRING, list ARRAY<STRING>)')
    const nested = '(WITH w AS (SELECT 1 AS n) SELECT n FROM w) AS k'
    t.equal(await run(`INSERT d.a (n, s, list) SELECT k.n, NULL, NULL FROM ${nested}`), '1')
    t.equal(await run('INSERT d.a (n) WITH w AS (SELECT 2) SELECT NULL FROM w'), '1')
    t.equal(await run('INSERT d.a (s) WITH w AS (SELECT 2) SELECT CAST(NULL AS STRING) FROM w'), '1')
    const none = /type INT64 which cannot be inserted into column s, which has type STRING/
    t.match(await run('INSERT d.a (n, s) WITH w AS (SELECT 3 AS n) SELECT n, NULL FROM w'), none)
    t.match(await run('INSERT d.a (s) SELECT NULL UNION ALL SELECT NULL'), none)
    t.same(await run('SELECT IF(s IS NULL, ARRAY_LENGTH(list), 9) FROM d.a WHERE n = 1'), ['0'])
  },
)

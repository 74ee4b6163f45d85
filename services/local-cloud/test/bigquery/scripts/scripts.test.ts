import t from 'tap'
import { openRest } from '../../open-bigquery.ts'

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly datasets?: readonly { readonly datasetReference: { readonly datasetId: string } }[]
  readonly error?: { readonly message: string }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const { ask, post, get } = await openRest<Answer>(t)
  /** Rows as text, or the message of an error. */
  const rows = async (query: string, rest: object = {}) => {
    const { error, rows: found = [] } = await post('queries', { query, useLegacySql: false, ...rest })
    return error?.message ?? found.map(({ f }) => f.map(({ v }) => (v as string | null) ?? '-').join(' '))
  }
  return { ask, rows, get }
}

t.test('temporary tables live as long as their script, and nobody else sees them', async (t) => {
  const { rows, get } = await open(t)
  t.same(await rows('CREATE TEMP TABLE a AS SELECT 1 AS x; INSERT a VALUES (2); SELECT SUM(x) FROM a'), ['3'])
  t.same(
    await rows('CREATE TEMPORARY TABLE a (x INT64 NOT NULL); INSERT a VALUES (7); SELECT x FROM _SESSION.a'),
    ['7'],
  )
  t.match(
    await rows('CREATE TEMP TABLE a AS SELECT 1 AS x; DROP TABLE a; SELECT * FROM a'),
    /must be qualified/,
  )
  t.same(
    await rows(
      'CREATE TEMP TABLE a AS SELECT 1 AS x; CREATE OR REPLACE TEMP TABLE a AS SELECT 2 AS y; CREATE TEMP TABLE IF NOT EXISTS a (z INT64); SELECT y FROM A',
    ),
    ['2'],
  )
  t.match(await rows('CREATE TEMP TABLE a (x INT64); CREATE TEMP TABLE a (x INT64)'), /Already Exists/)
  t.match(await rows('CREATE TEMP TABLE a AS SELECT 1 AS x'), /requires a script/)
  t.match(await rows('CREATE TEMP TABLE d.a AS SELECT 1 AS x; SELECT 1'), /qualified name: d.a/)
  t.match(await rows('SELECT 1; SELECT * FROM a'), /must be qualified/, 'those of other scripts')
  await rows('CREATE TABLE d.a AS SELECT 5 AS x')
  const defaultDataset = { defaultDataset: { datasetId: 'd' } }
  t.same(await rows('CREATE TEMP TABLE a AS SELECT 1 AS x; SELECT x FROM a', defaultDataset), ['1'])
  t.same(await rows('CREATE TEMP TABLE a AS SELECT 1 AS x; DROP TABLE a; SELECT x FROM a', defaultDataset), [
    '5',
  ])
  t.same(
    await rows(
      `CREATE TEMP TABLE a AS SELECT 1 AS x; EXECUTE IMMEDIATE 'CREATE TEMP TABLE b AS SELECT x + 1 AS x FROM a'; MERGE a USING b ON FALSE WHEN NOT MATCHED THEN INSERT ROW; SELECT x FROM a ORDER BY x`,
    ),
    ['1', '2'],
  )
  const datasets = (await get('datasets')).datasets?.map(({ datasetReference }) => datasetReference.datasetId)
  t.same(datasets, ['d'])
})

t.test('parameters of a script are counted over all of its text', async (t) => {
  const { rows } = await open(t)
  const int64 = (value: string, name?: string) => ({
    ...(name && { name }),
    parameterType: { type: 'INT64' },
    parameterValue: { value },
  })
  const script = 'CREATE TEMP TABLE a AS SELECT ? AS x; SELECT x * ? * ? FROM a'
  t.same(await rows(script, { queryParameters: [int64('2'), int64('3'), int64('7')] }), ['42'])
  t.same(
    await rows('DECLARE n INT64 DEFAULT 0; WHILE n < ? DO SET n = n + ?; END WHILE; SELECT n', {
      queryParameters: [int64('5'), int64('2')],
    }),
    ['6'],
  )
  t.match(await rows('SELECT ?; SELECT ?', { queryParameters: [int64('2')] }), /Query parameter .* not found/)
  t.same(await rows('SELECT 1; SELECT @n', { queryParameters: [int64('2', 'n')] }), ['2'])
})

t.test('FOR runs its statements for each row of a query', async (t) => {
  const { rows } = await open(t)
  const from = `(SELECT x, y FROM UNNEST([STRUCT(1 AS x, 'a' AS y), (2, 'b'), (3, 'c')]) ORDER BY x)`
  const loop = (body: string) => `DECLARE s STRING DEFAULT ''; FOR r IN ${from} DO ${body} END FOR; SELECT s`
  t.same(await rows(loop('SET s = s || r.y;')), ['abc'])
  t.same(await rows(loop(`IF r.x = 2 THEN CONTINUE; END IF; SET s = s || r.y;`)), ['ac'])
  t.same(await rows(loop(`IF r.x = 2 THEN BREAK; END IF; SET s = s || r.y;`)), ['a'])
  t.same(await rows(loop('FOR q IN (SELECT r.x * 10 AS z) DO SET s = s || CAST(q.z AS STRING); END FOR;')), [
    '102030',
  ])
  t.same(
    await rows(
      `DECLARE n INT64 DEFAULT 0; FOR r IN (SELECT 1 AS x FROM UNNEST([1]) WHERE FALSE) DO SET n = 9; END FOR; SELECT n`,
    ),
    ['0'],
  )
  t.match(await rows(`${loop('SET s = r.y;')}; SELECT r.y`), /Unrecognized name: r/)
  t.match(await rows(loop('SELECT 1 / 0;')), /division by zero/)
  t.match(await rows('FOR r IN SELECT 1 DO SELECT 1; END FOR'), /Expected "\("/)
})

t.test('errors of a script can be looked at and raised again', async (t) => {
  const { rows } = await open(t)
  const failing = (handler: string) => `BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN ${handler} END`
  t.match(await rows(failing('SELECT @@error.message;')), [/^division by zero/])
  t.match(await rows(failing('RAISE;')), /^division by zero/)
  t.same(
    await rows(
      failing(`BEGIN RAISE USING MESSAGE = 'x'; EXCEPTION WHEN ERROR THEN SELECT @@error.message; END;`),
    ),
    ['x'],
  )
  t.match(await rows('SELECT 1; RAISE'), /outside of an exception handler/)
  t.match(await rows('SELECT @@error.message'), /system variable @@error.message/)
  t.match(await rows(`${failing('SELECT 1;')}; SELECT @@error.message`), /system variable/)
})

t.test('@@row_count is how many rows the last statement changed', async (t) => {
  const { rows } = await open(t)
  t.same(
    await rows(
      'CREATE TEMP TABLE a AS SELECT 1 AS x UNION ALL SELECT 2; UPDATE a SET x = 3 WHERE TRUE; SELECT @@row_count',
    ),
    ['2'],
  )
  t.match(await rows('SELECT @@nothing'), /system variable @@nothing/)
})

t.test('CREATE OR REPLACE leaves the table as it is where it fails', async (t) => {
  const { rows } = await open(t)
  await rows('CREATE TABLE d.a AS SELECT 1 AS x')
  const failing = [
    'CREATE OR REPLACE TABLE d.a AS SELECT 1 / 0 AS y',
    'CREATE OR REPLACE TABLE d.a CLUSTER BY nothing AS SELECT 1 AS y',
    'CREATE OR REPLACE TABLE d.a (y INT64) CLUSTER BY nothing',
    'CREATE OR REPLACE TABLE d.a PARTITION BY nothing AS SELECT 1 AS y',
    `CREATE OR REPLACE TABLE d.a (y INT64 NOT NULL) AS SELECT NULL`,
    'CREATE OR REPLACE TABLE d.a (y INT64) AS SELECT "x"',
  ]
  for (const statement of failing) {
    t.type(await rows(statement), 'string', statement)
    t.same(await rows('SELECT x FROM d.a'), ['1'], statement)
  }
  t.same(await rows('CREATE OR REPLACE TABLE d.a AS SELECT x + 1 AS x, "b" AS y FROM d.a'), [])
  t.same(await rows('SELECT x, y FROM d.a'), ['2 b'])
  t.same(await rows('INSERT d.a VALUES (3, "c")'), [])
  t.same(await rows('SELECT COUNT(*) FROM d.a'), ['2'])
  t.same(await rows('CREATE OR REPLACE TABLE d.a (z INT64)'), [])
  t.same(await rows('SELECT COUNT(z) FROM d.a'), ['0'])
})

t.test('a comment of one line behind an expression takes nothing of what follows', async (t) => {
  const { rows } = await open(t)
  const scripts: [script: string, last: string][] = [
    ["DECLARE x INT64 DEFAULT 2 -- two\n; IF x = 2 # it is\n THEN SELECT 'yes'; END IF;", 'yes'],
    ["CASE 2 -- what\n WHEN 2 -- this\n THEN SELECT 'yes'; END CASE", 'yes'],
    [
      'DECLARE x INT64; SET x = 3 -- three\n; WHILE x < 5 -- more\n DO SET x = x + 1; END WHILE; SELECT x',
      '5',
    ],
    ['DECLARE x INT64 DEFAULT 0; REPEAT SET x = x + 1; UNTIL x > 1 -- enough\n END REPEAT; SELECT x', '2'],
    ["EXECUTE IMMEDIATE 'SELECT @a' -- it\n USING 1 -- a\n AS a", '1'],
    ["ASSERT 1 = 1 -- so\n AS 'no'; SELECT 'yes'", 'yes'],
    ["DECLARE x STRING DEFAULT 'a -- b'; SELECT x", 'a -- b'],
  ]
  for (const [script, last] of scripts) t.same(await rows(script), [last], script)
})

t.test('a dry run looks at the statements of a script, and runs none', async (t) => {
  const { ask, rows } = await open(t)
  await ask('CREATE PROCEDURE d.p(a INT64) BEGIN SELECT a; END')
  const dry = (query: string, rest: object = {}) => rows(query, { dryRun: true, ...rest })
  t.match(await dry('CALL d.nothing()'), /Procedure not found: d.nothing/)
  t.match(await dry(`CALL d.p('x')`), /Argument a of procedure p.d.p: Cannot coerce/)
  t.match(await dry('DECLARE x INT64; SET y = 1'), /Undeclared variable: y/)
  t.match(await dry('DECLARE x DEFAULT 1; SELECT x.a'), /Cannot access field a/)
  t.same(await dry('CALL d.p(1)'), [])
  t.same(await dry('DECLARE x DEFAULT 1; SET x = x + 1; SELECT ERROR("never")'), [])
  t.same(await dry('CREATE TEMP TABLE a AS SELECT 1 AS x; SELECT x FROM a'), [])
  t.same(await dry("SET @@dataset_id = 'd'; CALL p(1); SELECT * FROM nowhere"), [])
  const queryParameters = [{ parameterType: { type: 'INT64' }, parameterValue: { value: '1' } }]
  t.same(await dry('DECLARE x INT64 DEFAULT ?; SELECT x', { queryParameters }), [])
})

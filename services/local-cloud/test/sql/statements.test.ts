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

t.test('a table is made of what a query gives, and replaced by it as a whole or not at all', async (t) => {
  const { run, rows } = await open(t)
  t.equal(await run(`CREATE TABLE d.a AS SELECT 1 AS id, 'x' AS name, [1, 2] AS list`), 'done')
  t.same(await rows('SELECT id, name FROM d.a'), ['"1" "x"'])
  t.match(await run('CREATE TABLE d.a AS SELECT 2 AS id'), /Already Exists/)
  t.equal(await run('CREATE TABLE IF NOT EXISTS d.a AS SELECT 2 AS id'), 'done')
  t.same(await rows('SELECT id FROM d.a'), ['"1"'])
  t.equal(await run('CREATE OR REPLACE TABLE d.a AS SELECT id + 1 AS id, TRUE AS more FROM d.a'), 'done')
  t.same(await rows('SELECT * FROM d.a'), ['"2" "true"'])
  t.match(await run('CREATE OR REPLACE TABLE d.a AS SELECT 1 / 0 AS id'), /^division by zero/)
  t.same(await rows('SELECT * FROM d.a'), ['"2" "true"'], 'a query that fails replaces nothing')
  t.equal(await run('CREATE OR REPLACE TABLE d.a (other STRING)'), 'done')
  t.same(await rows('SELECT other FROM d.a'), [])
  t.match(
    await run('CREATE TABLE d.b (n NUMERIC) AS SELECT 1 AS a, 2 AS b'),
    /has 2 columns, the table has 1/,
  )
  t.match(await run(`CREATE TABLE d.b (n NUMERIC) AS SELECT 'x'`), /cannot be inserted into column n/)
  t.equal(await run('CREATE TABLE d.b (n NUMERIC NOT NULL) AS SELECT 5'), 'done')
  t.same(await rows('SELECT n FROM d.b'), ['"5"'])
})

t.test('a table is made like another one, with its rows or without', async (t) => {
  const { get, run, rows } = await open(t)
  const settings = async (name: string) => {
    const { description, labels, timePartitioning, clustering, tableConstraints, schema } = await get(
      `datasets/d/tables/${name}`,
    )
    return { description, labels, timePartitioning, clustering, tableConstraints, schema }
  }
  await run(
    `CREATE TABLE d.a (id INT64 NOT NULL, day DATE OPTIONS (description = 'of it'), list ARRAY<STRING>, PRIMARY KEY (id) NOT ENFORCED)
     PARTITION BY day CLUSTER BY id OPTIONS (description = 'first', labels = [('team', 'x')])`,
  )
  t.equal(await run(`INSERT INTO d.a (id, day, list) VALUES (1, '2024-01-02', ['x'])`), '1')
  t.equal(await run('INSERT INTO d.a (id) VALUES (2)'), '1')
  t.equal(await run('CREATE TABLE d.b LIKE d.a'), 'done')
  t.same(await settings('b'), await settings('a'))
  t.same(await rows('SELECT * FROM d.b'), [])
  t.equal(await run(`CREATE TABLE d.c COPY d.a OPTIONS (description = 'second')`), 'done')
  t.same(await settings('c'), { ...(await settings('a')), description: 'second' })
  t.same(await rows('SELECT id, day, ARRAY_LENGTH(list) FROM d.c ORDER BY id'), [
    '"1" "2024-01-02" "1"',
    '"2" - "0"',
  ])
  t.equal(await run('CREATE TABLE d.e CLONE d.a'), 'done')
  t.same(await rows('SELECT COUNT(*) FROM d.e'), ['"2"'])
  await run('DELETE FROM d.a WHERE id = 1')
  t.same(await rows('SELECT COUNT(*) FROM d.e'), ['"2"'], 'it is a table of its own')
  t.equal(await run('CREATE OR REPLACE TABLE d.e COPY d.a'), 'done')
  t.same(await rows('SELECT id FROM d.e'), ['"2"'])
  t.match(await run('CREATE TABLE d.e LIKE d.a'), /Already Exists/)
  t.equal(await run('CREATE TABLE IF NOT EXISTS d.e LIKE d.a'), 'done')
  t.equal(
    await run(
      `CREATE TABLE d.f LIKE d.a PARTITION BY DATE_TRUNC(day, MONTH) AS SELECT 5, DATE '2024-01-01', ['y']`,
    ),
    'done',
  )
  t.match(await settings('f'), {
    timePartitioning: { type: 'MONTH', field: 'day' },
    clustering: { fields: ['id'] },
  })
  t.same(await rows('SELECT id FROM d.f'), ['"5"'])
  t.match(
    await run(`CREATE TABLE d.g LIKE d.a AS SELECT 'x', NULL, NULL`),
    /cannot be inserted into column id/,
  )
  t.match(await run('CREATE TABLE d.g LIKE d.none'), /Not found/)
  t.equal(await run('CREATE TABLE d.g CLONE d.a FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()'), 'done')
  t.match(await run('CREATE TABLE d.h CLONE d.a CLUSTER BY id'), /CLONE … CLUSTER/)
})

t.test('tables are partitioned by days, months and ranges', async (t) => {
  const { run } = await open(t)
  const partitions = [
    'day',
    'DATE(moment)',
    'DATE_TRUNC(day, MONTH)',
    'TIMESTAMP_TRUNC(moment, HOUR)',
    'RANGE_BUCKET(number, GENERATE_ARRAY(0, 100, 10))',
  ]
  for (const [index, by] of partitions.entries())
    t.equal(
      await run(
        `CREATE TABLE d.t${index} PARTITION BY ${by} CLUSTER BY name OPTIONS(description='x') AS
          SELECT DATE '2024-01-01' AS day, TIMESTAMP '2024-01-01' AS moment, 5 AS number, 'n' AS name`,
      ),
      'done',
      by,
    )
})

t.test('tables and views are dropped, and tables emptied', async (t) => {
  const { run, rows } = await open(t)
  await run('CREATE TABLE d.a AS SELECT n FROM UNNEST([1, 2, 3]) AS n')
  await run('CREATE VIEW d.v AS SELECT * FROM d.a')
  t.equal(await run('TRUNCATE TABLE d.a'), '3')
  t.same(await rows('SELECT * FROM d.v'), [])
  t.match(await run('DROP TABLE d.v'), /DROP VIEW drops it/)
  t.match(await run('DROP VIEW d.a'), /DROP TABLE drops it/)
  t.equal(await run('DROP VIEW d.v'), 'done')
  t.equal(await run('DROP TABLE IF EXISTS d.nope'), 'done')
  t.match(await run('DROP TABLE d.nope'), /Not found/)
  t.equal(await run('DROP TABLE d.a'), 'done')
  t.match(await rows('SELECT * FROM d.a'), /Not found/)
})

t.test('columns are added, renamed, dropped and described', async (t) => {
  const { run, rows } = await open(t)
  const columns = () =>
    rows(
      `SELECT column_name, is_nullable FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'a' ORDER BY ordinal_position`,
    )
  await run('CREATE TABLE d.a (id INT64 NOT NULL, name STRING, day DATE) PARTITION BY day')
  await run(`INSERT d.a VALUES (1, 'x', '2024-01-01')`)
  t.equal(await run('ALTER TABLE d.a ADD COLUMN more FLOAT64, ADD COLUMN IF NOT EXISTS name STRING'), 'done')
  t.equal(await run('ALTER TABLE d.a RENAME COLUMN name TO title'), 'done')
  t.equal(await run(`INSERT d.a (id, title, more) VALUES (2, 'y', 1.5)`), '1')
  t.equal(await run('ALTER TABLE d.a DROP COLUMN more, DROP COLUMN IF EXISTS nope'), 'done')
  t.equal(await run('ALTER TABLE d.a ALTER COLUMN id DROP NOT NULL'), 'done')
  t.same(await rows('SELECT * FROM d.a ORDER BY id'), ['"1" "x" "2024-01-01"', '"2" "y" -'])
  t.same(await columns(), ['"id" "YES"', '"title" "YES"', '"day" "YES"'])
  t.match(await run('ALTER TABLE d.a DROP COLUMN day'), /to partition/)
  t.match(await run('ALTER TABLE d.a DROP COLUMN nope'), /Column not found: nope/)
  t.equal(await run('ALTER TABLE IF EXISTS d.nope ADD COLUMN a INT64'), 'done')
})

t.test('MERGE changes, adds and removes rows, each of them once', async (t) => {
  const { run, rows } = await open(t)
  await run(
    `CREATE TABLE d.a AS SELECT 1 AS id, 'one' AS name UNION ALL SELECT 2, 'two' UNION ALL SELECT 3, 'three'`,
  )
  await run(
    `CREATE TABLE d.s AS SELECT 2 AS id, 'TWO' AS name UNION ALL SELECT 4, 'FOUR' UNION ALL SELECT 5, 'FIVE'`,
  )
  t.equal(
    await run(`MERGE INTO d.a AS t USING d.s AS s ON t.id = s.id
      WHEN MATCHED AND s.name = 'TWO' THEN UPDATE SET name = CONCAT(t.name, '/', s.name)
      WHEN NOT MATCHED AND s.id < 5 THEN INSERT (id, name) VALUES (s.id, s.name)
      WHEN NOT MATCHED BY SOURCE AND t.id = 3 THEN DELETE`),
    '3',
  )
  t.same(await rows('SELECT * FROM d.a ORDER BY id'), ['"1" "one"', '"2" "two/TWO"', '"4" "FOUR"'])
  t.equal(await run('MERGE d.a t USING d.s ON FALSE WHEN NOT MATCHED BY TARGET THEN INSERT ROW'), '3')
  t.match(
    await run('MERGE d.a t USING d.a s ON t.id = s.id WHEN MATCHED THEN DELETE'),
    /at most one source row for each target row/,
  )
  t.match(
    await run(`UPDATE d.a SET name = s.name FROM d.a AS s WHERE a.id = s.id`),
    /at most one source row for each target row/,
  )
  t.match(
    await run('MERGE d.a t USING d.s ON TRUE WHEN MATCHED THEN UPDATE SET id = 1, id = 2'),
    /more than once/,
  )
  t.match(
    await run(`MERGE d.a t USING d.s ON t.id = s.id WHEN MATCHED THEN UPDATE SET id = 'x'`),
    /type STRING/,
  )
  t.equal((await rows('SELECT * FROM d.a')).length, 6, 'what was refused changed nothing')
})

t.test('scripts run their statements one after another, and answer with the last', async (t) => {
  const { rows } = await open(t)
  await rows('CREATE TABLE d.n AS SELECT n FROM UNNEST([1, 2]) AS n')
  const scripts: [string, string[] | RegExp][] = [
    ['SELECT 1; SELECT 2', ['"2"']],
    ['DECLARE x INT64 DEFAULT 5; SET x = x + 1; SELECT x, x * 2', ['"6" "12"']],
    [`DECLARE d DATE DEFAULT '2024-01-01'; SELECT d`, ['"2024-01-01"']],
    ['DECLARE a, b INT64; SET (a, b) = (3, 4); SELECT a + b', ['"7"']],
    [
      'DECLARE x INT64 DEFAULT 0; WHILE x < 5 DO SET x = x + 1; IF x = 3 THEN BREAK; END IF; END WHILE; SELECT x',
      ['"3"'],
    ],
    [
      'DECLARE x INT64 DEFAULT 0; LOOP SET x = x + 1; IF x < 3 THEN CONTINUE; END IF; LEAVE; END LOOP; SELECT x',
      ['"3"'],
    ],
    ['DECLARE x INT64 DEFAULT 0; REPEAT SET x = x + 1; UNTIL x >= 4 END REPEAT; SELECT x', ['"4"']],
    [
      `IF FALSE THEN SELECT 'a'; ELSEIF CASE WHEN TRUE THEN TRUE END THEN SELECT 'b'; ELSE SELECT 'c'; END IF`,
      ['"b"'],
    ],
    ['BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SELECT 5; END', ['"5"']],
    ['SELECT 1; RETURN; SELECT 2', ['"1"']],
    [
      `DECLARE n INT64; EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM d.n WHERE n > ?' INTO n USING 1; SELECT n`,
      ['"1"'],
    ],
    [`EXECUTE IMMEDIATE 'SELECT @a + @b' USING 1 AS a, 2 AS b`, ['"3"']],
    ['DECLARE n INT64 DEFAULT 9; SELECT MAX(n) FROM d.n', ['"2"']],
    ['DECLARE m INT64 DEFAULT 2; SELECT n FROM d.n WHERE n = m', ['"2"']],
    [
      `DECLARE list ARRAY<STRING> DEFAULT ["it's", 'b']; SELECT x FROM UNNEST(list) AS x ORDER BY x`,
      ['"b"', `"it's"`],
    ],
    ['CREATE TEMP FUNCTION plus(x INT64) AS (x + 1); SELECT plus(plus(1))', ['"3"']],
    [
      'CREATE TEMP FUNCTION f(x ANY TYPE) RETURNS STRING AS (CAST(x AS STRING)); SELECT f(1.5), f(TRUE)',
      ['"1.5" "true"'],
    ],
    ['CREATE TEMP FUNCTION f(x INT64) AS (x); SELECT f("a")', /No matching signature for function F/],
    [`DECLARE x INT64 DEFAULT 'a'; SELECT x`, /STRING/],
    ['DECLARE x INT64; SET x = 1.5', /FLOAT64 to type INT64/],
    ['SET y = 1', /Undeclared variable: y/],
    ['BEGIN DECLARE v INT64; SELECT v; END; SELECT v', /Unrecognized name: v/],
    [`ASSERT 1 = 2 AS 'no way'`, /^no way$/],
    [`RAISE USING MESSAGE = 'boom'`, /^boom$/],
    ['CREATE TEMP FUNCTION j() RETURNS INT64 LANGUAGE js AS "return 1"; SELECT j()', /another language/],
    ['DECLARE x INT64 DEFAULT 0; LOOP SET x = 1', /Unexpected|Expected/],
  ]
  for (const [script, wanted] of scripts) {
    const found = await rows(script)
    if (wanted instanceof RegExp) t.match(found, wanted, script)
    else t.same(found, wanted, script)
  }
})

t.test('rows are turned into columns, and columns into rows', async (t) => {
  const { rows } = await open(t)
  const sales = `(SELECT 'a' AS what, 1 AS n, 'Q1' AS q UNION ALL SELECT 'a', 2, 'Q2' UNION ALL SELECT 'b', 4, 'Q1' UNION ALL SELECT 'a', 8, 'Q1')`
  t.same(await rows(`SELECT * FROM ${sales} PIVOT(SUM(n) FOR q IN ('Q1', 'Q2')) ORDER BY what`), [
    '"a" "9" "2"',
    '"b" "4" -',
  ])
  t.same(
    await rows(
      `SELECT what, sum_x, many_Q2 FROM ${sales} AS s PIVOT(SUM(s.n) AS sum, COUNT(*) AS many FOR q IN ('Q1' AS x, 'Q2')) AS p ORDER BY 1`,
    ),
    ['"a" "9" "1"', '"b" "4" "0"'],
  )
  const wide = '(SELECT 5 AS id, 1 AS q1, 2 AS q2, CAST(NULL AS INT64) AS q3)'
  t.same(await rows(`SELECT * FROM ${wide} UNPIVOT(n FOR q IN (q1, q2, q3)) ORDER BY n`), [
    '"5" "1" "q1"',
    '"5" "2" "q2"',
  ])
  t.same(
    await rows(
      `SELECT id, n, q FROM ${wide} UNPIVOT INCLUDE NULLS (n FOR q IN (q2 AS 'x', q3 AS 'y')) ORDER BY q`,
    ),
    ['"5" "2" "x"', '"5" - "y"'],
  )
  t.same(
    await rows(`SELECT * FROM ${wide} UNPIVOT((a, b) FOR q IN ((q1, q2) AS 1, (q2, q3) AS 2)) ORDER BY q`),
    ['"5" "1" "2" "1"', '"5" "2" - "2"'],
  )
  t.match(await rows(`SELECT * FROM ${sales} PIVOT(ARRAY_AGG(n) FOR q IN ('Q1'))`), /ARRAY_AGG in PIVOT/)
})

t.test('a wildcard reads all tables whose names begin so', async (t) => {
  const { run, rows } = await open(t)
  await run('CREATE TABLE d.day_1 AS SELECT 1 AS a')
  await run(`CREATE TABLE d.day_2 AS SELECT 2 AS a, 'x' AS b`)
  t.same(await rows('SELECT * FROM `d.day_*` ORDER BY a'), ['"1" -', '"2" "x"'])
  t.same(await rows(`SELECT a, _TABLE_SUFFIX FROM \`p.d.day_*\` WHERE _TABLE_SUFFIX > '1'`), ['"2" "2"'])
  t.match(await rows('SELECT * FROM `d.nope*`'), /does not match any table/)
  await run(`CREATE VIEW d.day_v AS SELECT 1 AS a`)
  t.match(await rows('SELECT * FROM `d.day_*`'), /Views cannot be queried/)
  await run('DROP VIEW d.day_v')
  await run(`CREATE TABLE d.day_3 AS SELECT 'z' AS a`)
  t.match(await rows('SELECT * FROM `d.day_*`'), /different types of a column/)
})

t.test('INFORMATION_SCHEMA tells of views, options and keys', async (t) => {
  const { run, rows } = await open(t)
  await run(
    `CREATE TABLE d.a (id INT64, n INT64, PRIMARY KEY (id) NOT ENFORCED) OPTIONS(description='it is "a"')`,
  )
  await run('CREATE VIEW d.v AS SELECT id FROM d.a')
  t.same(await rows('SELECT table_name, view_definition, use_standard_sql FROM d.INFORMATION_SCHEMA.VIEWS'), [
    '"v" "SELECT id FROM d.a" "YES"',
  ])
  t.same(
    await rows(
      'SELECT table_name, option_name, option_type, option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS',
    ),
    [String.raw`"a" "description" "STRING" "\"it is \\\"a\\\"\""`],
  )
  t.same(
    await rows(
      'SELECT constraint_name, column_name, ordinal_position FROM d.INFORMATION_SCHEMA.KEY_COLUMN_USAGE',
    ),
    ['"a.pk$" "id" "1"'],
  )
  t.match(await rows('SELECT * FROM d.INFORMATION_SCHEMA.JOBS'), /INFORMATION_SCHEMA.JOBS/)
})

t.test(
  'statements are known with comments before them, views and tables with empty options and labels',
  async (t) => {
    const { run, rows } = await open(t)
    const made = '/* {"made": "by a tool"} */ -- and a word\n'
    t.equal(
      await run(`${made}create or replace table \`p\`.\`d\`.\`m\` partition by day cluster by name OPTIONS() as
      (select date '2024-01-01' as day, 'a' as name, 1 as n)`),
      'done',
    )
    t.equal(
      await run(
        `${made}create or replace view d.v OPTIONS(description="it", labels=[('a', 'b')]) as select name from d.m;`,
      ),
      'done',
    )
    t.equal(
      await run(`${made}merge into d.m as TO_CHANGE using (select 'a' as name, 2 as n union all select 'b', 3) as MADE
      on ((MADE.name = TO_CHANGE.name)) when matched then update set \`n\` = MADE.\`n\`
      when not matched then insert (\`name\`, \`n\`) values (\`name\`, \`n\`)`),
      '2',
    )
    t.same(await rows('SELECT name, n FROM d.m ORDER BY n'), ['"a" "2"', '"b" "3"'])
    t.same(await rows('SELECT * FROM d.v ORDER BY name'), ['"a"', '"b"'])
    t.equal(await run(`${made}alter table d.m set options(labels=[('x', 'y')])`), 'done')
    t.same(
      await rows(
        'SELECT table_name, option_value FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS WHERE option_name = "labels" ORDER BY 1',
      ),
      [String.raw`"m" "[STRUCT(\"x\", \"y\")]"`, String.raw`"v" "[STRUCT(\"a\", \"b\")]"`],
    )
    t.same(await rows(`${made}declare x int64 default 1; select x`), ['"1"'])
    t.equal(await run(`${made}drop table if exists d.nope`), 'done')
    t.match(await run('CREATE VIEW d.w (a) AS SELECT 1'), /CREATE VIEW with columns/)
  },
)

t.test('GROUP BY ALL groups by what is no aggregate', async (t) => {
  const { rows } = await open(t)
  const from = 'FROM UNNEST([1, 2, 3]) AS n'
  t.same(await rows(`SELECT MOD(n, 2) AS odd, COUNT(*), 'x' ${from} GROUP BY ALL ORDER BY odd`), [
    '"0" "1" "x"',
    '"1" "2" "x"',
  ])
  t.same(await rows(`SELECT SUM(n) ${from} GROUP BY ALL`), ['"6"'])
  t.match(await rows(`SELECT * ${from} GROUP BY ALL`), /GROUP BY ALL/)
})

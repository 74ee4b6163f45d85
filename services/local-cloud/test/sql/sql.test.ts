import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

// Expected values are those of BigQuery's documentation.
const VALUES: [expression: string, value: unknown][] = [
  [`"double 'quoted'"`, "double 'quoted'"],
  [String.raw`'a\nb'`, 'a\nb'],
  [String.raw`r'a\nb'`, String.raw`a\nb`],
  ['SAFE_CAST("x" AS INT64)', null],
  ['CAST("5" AS INT64)', 5],
  ['CAST([1, 2] AS ARRAY<FLOAT64>)', [1, 2]],
  ['1 / 2', 0.5],
  ['DIV(7, 2)', 3],
  ['GREATEST(1, 5, 3)', 5],
  ['LEAST(1, NULL)', null],
  ['LPAD("a", 3)', '  a'],
  ['SAFE_DIVIDE(1, 0)', null],
  ["SAFE.PARSE_JSON('{') IS NULL", true],
  ["SAFE.JSON_VALUE('{', '$.a')", null],
  [`SAFE.JSON_QUERY('{"a":"7"}', '$.a')`, '"7"'],
  ["JSON_VALUE(SAFE.PARSE_JSON('{\"a\":7}'), '$.a')", '7'],
  ["SAFE_CONVERT_BYTES_TO_STRING(FROM_BASE64('aGk='))", 'hi'],
  ['IF(TRUE, 1, 2)', 1],
  ['IFNULL(NULL, 3)', 3],
  ['CONCAT("a", "b")', 'ab'],
  ['CONCAT("a", CAST(NULL AS STRING))', null],
  ['ARRAY_LENGTH([1, 2, 3])', 3],
  ['[10, 20][OFFSET(0)]', 10],
  ['[10, 20][ORDINAL(2)]', 20],
  ['[10, 20][SAFE_OFFSET(5)]', null],
  ['ARRAY(SELECT x * 2 FROM UNNEST([1, 2]) AS x)', [2, 4]],
  ['2 IN UNNEST([1, 2])', true],
  ['STRUCT(1 AS a, "x" AS b).b', 'x'],
  ['SPLIT("a,b")', ['a', 'b']],
  ['REGEXP_CONTAINS("abc", "b")', true],
  ['REGEXP_EXTRACT("order-17", "order-([0-9]+)")', '17'],
  ['REGEXP_EXTRACT("abc", "x")', null],
  ['REGEXP_REPLACE("aXbX", "X", "-")', 'a-b-'],
  ['STARTS_WITH("abc", "ab")', true],
  ['ENDS_WITH("abc", "bc")', true],
  ['FORMAT("%d-%s", 5, "x")', '5-x'],
  ['CAST(FARM_FINGERPRINT("1footrue") AS STRING)', '-1541654101129638711'],
  ['CAST(FARM_FINGERPRINT("2applefalse") AS STRING)', '2794438866806483259'],
  ['CAST(FARM_FINGERPRINT("3true") AS STRING)', '-4880158226897771312'],
  ["CAST(FARM_FINGERPRINT(FROM_BASE64('MWZvb3RydWU=')) AS STRING)", '-1541654101129638711'],
  ['FARM_FINGERPRINT(CAST(NULL AS STRING))', null],
  ['FARM_FINGERPRINT(NULL)', null],
  ["CONCAT('\\ufeff', 'a')", '\ufeffa'],
  ["FARM_FINGERPRINT('\\ufeffa') = FARM_FINGERPRINT(FROM_BASE64('77u/YQ=='))", true],
  [`TO_JSON_STRING(PARSE_JSON('${nested(500)}'))`, nested(500)],
  [`SAFE.PARSE_JSON('${nested(501)}') IS NULL`, true],
  ['1 IS DISTINCT FROM 2', true],
  ['1 IS NOT DISTINCT FROM 2', false],
  ['CURRENT_DATE = CURRENT_DATE()', true],
  ['`UPPER`("a")', 'A'],
  ['TO_HEX(MD5("a"))', '0cc175b9c0f1b6a831c399e269772661'],
  [`JSON_VALUE('{"a":{"b":"x"}}', '$.a.b')`, 'x'],
  [`JSON_VALUE('{"a":{"b":"x"}}', '$.a')`, null],
  [`JSON_VALUE(JSON '{"/a/0":7}', '$."/a/0"')`, '7'],
  [`TO_JSON_STRING(JSON_QUERY(JSON '{"a":[1,2]}', '$.a'))`, '[1,2]'],
  ['TO_JSON_STRING([1, 2])', '[1,2]'],
  ['EXTRACT(DAYOFWEEK FROM DATE "2026-11-22")', 1],
  ['EXTRACT(YEAR FROM TIMESTAMP "2026-11-21T10:00:00Z")', 2026],
  ['DATE_DIFF(DATE "2026-03-01", DATE "2026-02-01", DAY)', 28],
  ['TIMESTAMP_DIFF(TIMESTAMP "2026-01-01T02:59:00Z", TIMESTAMP "2026-01-01T01:00:00Z", HOUR)', 1],
  ['CAST(DATE_ADD(DATE "2026-01-31", INTERVAL 1 MONTH) AS STRING)', '2026-02-28'],
  ['CAST(DATE_SUB(DATE "2026-01-01", INTERVAL 1 DAY) AS STRING)', '2025-12-31'],
  ['CAST(DATE(TIMESTAMP "2026-01-01T23:30:00-02:00") AS STRING)', '2026-01-02'],
  ['CAST(DATE_TRUNC(DATE "2026-05-17", MONTH) AS STRING)', '2026-05-01'],
  ['UNIX_SECONDS(TIMESTAMP "1970-01-01T00:01:00Z")', 60],
  ['UNIX_MILLIS(TIMESTAMP_MILLIS(1234))', 1234],
  ['UNIX_MICROS(TIMESTAMP_MICROS(1234567))', 1234567],
  ['FORMAT_TIMESTAMP("%Y-%m-%d", TIMESTAMP "2026-01-02T00:00:00Z")', '2026-01-02'],
  [
    'TIMESTAMP_SUB(TIMESTAMP "2026-01-01T00:00:00Z", INTERVAL 1 HOUR) < TIMESTAMP "2026-01-01T00:00:00Z"',
    true,
  ],
]

const QUERIES: [sql: string, rows: unknown][] = [
  ['SELECT 1, "x" AS b, 2', [{ f0_: 1, b: 'x', f1_: 2 }]],
  ['SELECT COUNT(*), COUNTIF(n > 1), MAX(n) AS most FROM p.d.t', [{ f0_: 3, f1_: 2, most: 3 }]],
  ['SELECT n FROM `p.d.t` ORDER BY n DESC LIMIT 1 -- the last', [{ n: 3 }]],
  ['SELECT n FROM `p`.`d`.`t` WHERE s IS NULL', [{ n: 3 }]],
  ['SELECT s FROM d.t ORDER BY s', [{ s: null }, { s: 'a' }, { s: 'b' }]],
  ['SELECT x.n FROM d.t AS x JOIN d.t AS y ON x.n = y.n AND y.s = "a"', [{ n: 1 }]],
  ['SELECT * EXCEPT (s, items) FROM d.t WHERE n = 1', [{ n: 1 }]],
  [
    'SELECT item.sku, place FROM d.t, UNNEST(items) AS item WITH OFFSET AS place WHERE n = 1 ORDER BY place',
    [
      { sku: 'x', place: 0 },
      { sku: 'y', place: 1 },
    ],
  ],
  ['SELECT n, item.sku FROM d.t LEFT JOIN UNNEST(items) AS item WHERE n = 3', [{ n: 3, sku: null }]],
  ['SELECT items[OFFSET(0)].sku FROM d.t WHERE n = 1', [{ sku: 'x' }]],
  ['WITH big AS (SELECT n FROM d.t WHERE n > 1) SELECT SUM(n) AS total FROM big', [{ total: 5 }]],
  ['SELECT n FROM d.t WHERE n > 1 UNION DISTINCT SELECT 2 ORDER BY n', [{ n: 2 }, { n: 3 }]],
  ['SELECT n FROM d.t QUALIFY ROW_NUMBER() OVER (ORDER BY n DESC) = 1', [{ n: 3 }]],
  ['SELECT ARRAY_AGG(s IGNORE NULLS ORDER BY s) AS all_of_them FROM d.t', [{ all_of_them: ['a', 'b'] }]],
  ['SELECT STRING_AGG(s, "-" ORDER BY s) AS s FROM d.t', [{ s: 'a-b' }]],
  ['SELECT n FROM d.t WHERE FARM_FINGERPRINT(s) = FARM_FINGERPRINT("b")', [{ n: 2 }]],
  ['SELECT s, COUNT(*) AS n FROM d.t GROUP BY 1 HAVING s = "a"', [{ s: 'a', n: 1 }]],
  ['SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES', [{ table_name: 't' }]],
  [
    "SELECT data_type FROM `p.d.INFORMATION_SCHEMA.COLUMNS` WHERE column_name = 'items'",
    [{ data_type: 'ARRAY<STRUCT<sku STRING>>' }],
  ],
  ['SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA', [{ schema_name: 'd' }]],
  ['SELECT n AS timestamp, s date FROM d.t WHERE n = 1', [{ timestamp: 1, date: 'a' }]],
  ['SELECT t.n FROM (d.t JOIN d.t AS u ON t.n = u.n) WHERE t.n = 1', [{ n: 1 }]],
  ['SELECT n FROM ((SELECT n FROM d.t)) WHERE n = 1', [{ n: 1 }]],
  ['SELECT n FROM d.t JOIN d.t AS u USING (n) WHERE n = 1', [{ n: 1 }]],
  ['WITH t AS (SELECT n FROM d.t WHERE n = 2) SELECT n FROM t', [{ n: 2 }]],
  ['WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS n FROM a) SELECT n FROM b', [{ n: 2 }]],
  ['SELECT n FROM (WITH a AS (SELECT 7 AS n) SELECT n FROM a)', [{ n: 7 }]],
  ['SELECT s FROM d.t ORDER BY s DESC NULLS FIRST LIMIT 1 OFFSET 1', [{ s: 'b' }]],
  ['SELECT * REPLACE (n + 1 AS n) FROM (SELECT n FROM d.t WHERE n = 1)', [{ n: 2 }]],
  [
    "SELECT EXTRACT(HOUR FROM TIMESTAMP '2026-01-01T00:00:00Z' AT TIME ZONE 'Europe/Berlin') AS h",
    [{ h: 1 }],
  ],
]

const REFUSED: [sql: string, message: RegExp][] = [
  ['SELECT * FROM d.nope', /Not found: Table p:d.nope/],
  ['SELECT * FROM nope.t', /Not found: Dataset p:nope/],
  ['SELECT * FROM t', /must be qualified with a dataset/],
  ['SELECT ST_BUFFER(NULL, 2)', /local-cloud does not support the function ST_BUFFER/],
  ['SELECT CAST(1 AS GEOGRAPHY)', /Invalid cast from INT64 to GEOGRAPHY/],
  ['SELECT FARM_FINGERPRINT(5)', /No matching signature for function FARM_FINGERPRINT/],
  [
    "SELECT FARM_FINGERPRINT(JSON '1')",
    /No matching signature for function FARM_FINGERPRINT for argument types: JSON/,
  ],
  [`SELECT PARSE_JSON('${nested(501)}')`, /Max nesting of 500 has been exceeded while parsing JSON document/],
  [`SELECT JSON '${nested(501)}'`, /Max nesting of 500/],
  ['SELECT NET.NOTHING("http://a.example/")', /Function not found: NET.NOTHING/],
  ['SELECT n FROM d.t USING (n)', /Unexpected keyword USING/],
  ['SELECT nope FROM d.t', /nope/],
  ['SELECT (1', /not closed/],
  ['SELECT EXTRACT(DECADE FROM CURRENT_DATE())', /DECADE/],
  ['SELECT @x', /Query parameter @x not found/],
  [
    'CREATE VIEW d.v AS SELECT * FROM d.t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()',
    /FOR SYSTEM_TIME AS OF in a view/,
  ],
  ['', /required|Unexpected end|missing/i],
]

t.test('GoogleSQL on DuckDB', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const fields = [
    { name: 'n', type: 'INTEGER' },
    { name: 's', type: 'STRING' },
    { name: 'items', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'sku', type: 'STRING' }] },
  ]
  await dataset.createTable('t', { schema: { fields } })
  await dataset
    .table('t')
    .insert([{ n: 1, s: 'a', items: [{ sku: 'x' }, { sku: 'y' }] }, { n: 2, s: 'b' }, { n: 3 }])

  await t.test('expressions', async (t) => {
    for (const [expression, value] of VALUES) {
      const [rows] = await bigquery.query(`SELECT ${expression} AS value`)
      t.same(rows, [{ value }], expression)
    }
  })
  await t.test('queries', async (t) => {
    for (const [sql, wanted] of QUERIES) t.same((await bigquery.query(sql))[0], wanted, sql)
  })
  await t.test('parameters', async (t) => {
    const [named] = await bigquery.query({
      query: 'SELECT n FROM d.t WHERE s = @s AND n IN UNNEST(@ns)',
      params: { s: "a'", ns: [1] },
    })
    t.same(named, [])
    const [positional] = await bigquery.query({
      query: 'SELECT n FROM d.t WHERE s = ? AND n = ?',
      params: ['a', 1],
    })
    t.same(positional, [{ n: 1 }])
    // as Python's database interface and SQLAlchemy write names
    const [quoted] = await bigquery.query({
      query: 'SELECT n FROM d.t WHERE s = @`s` AND n = @`n 1`',
      params: { s: 'a', 'n 1': 1 },
    })
    t.same(quoted, [{ n: 1 }])
  })
  await t.test('what cannot be run is refused by name', async (t) => {
    for (const [sql, message] of REFUSED)
      await t.rejects(bigquery.query({ query: sql, useLegacySql: false }), { message }, sql)
  })
  await t.test('rows can be changed and deleted', async (t) => {
    await bigquery.query("INSERT d.t (n, s) VALUES (9, 'nine'), (10, 'ten')")
    await bigquery.query('DELETE d.t WHERE n = 10')
    await bigquery.query("UPDATE d.t SET s = 'changed' WHERE n = 9")
    t.same((await bigquery.query('SELECT s FROM d.t WHERE n = 9'))[0], [{ s: 'changed' }])
    await bigquery.query('DELETE FROM d.t WHERE n = 9')
    t.same((await bigquery.query('SELECT COUNT(*) AS n FROM d.t'))[0], [{ n: 3 }])
  })
  await t.test('a table may be called information_schema, and hides none of the views', async (t) => {
    await dataset.createTable('information_schema', { schema: { fields: fields.slice(0, 2) } })
    await dataset.table('information_schema').insert([{ n: 5 }])
    t.same((await bigquery.query('SELECT n FROM d.information_schema'))[0], [{ n: 5 }])
    const listed = 'SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_name'
    t.same((await bigquery.query(listed))[0], [{ table_name: 'information_schema' }, { table_name: 't' }])
  })
})

import t from 'tap'
import { openRest } from '../open-bigquery.ts'

type Cell = string | null | readonly Cell[]

interface Answer {
  readonly schema?: {
    readonly fields: readonly { readonly name: string; readonly type: string; readonly mode: string }[]
  }
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly error?: { readonly message: string }
}

const AT = `TIMESTAMP '2024-07-04 23:30:05.123456+00'`
const NEW_YORK = `'America/New_York'`
const text = (sql: string): string => `CAST(${sql} AS STRING)`
const IN_SUMMER = `TIMESTAMP '2024-07-04 03:30:00+00'`

// What GoogleSQL's documentation says: the expression, its type, its value as REST gives it.
const VALUES: Readonly<Record<string, readonly [expression: string, type: string, value: Cell][]>> = {
  'time zones that functions are given count': [
    [`FORMAT_TIMESTAMP('%F %H:%M', ${IN_SUMMER}, ${NEW_YORK})`, 'STRING', '2024-07-03 23:30'],
    [
      text(`PARSE_TIMESTAMP('%F %H:%M', '2024-07-04 00:00', ${NEW_YORK})`),
      'STRING',
      '2024-07-04 04:00:00+00',
    ],
    [text(`TIMESTAMP_TRUNC(${IN_SUMMER}, DAY, ${NEW_YORK})`), 'STRING', '2024-07-03 04:00:00+00'],
    [text(`TIMESTAMP('2024-07-04 00:00:00', ${NEW_YORK})`), 'STRING', '2024-07-04 04:00:00+00'],
    [text(`TIMESTAMP(DATETIME '2024-01-04 00:00:00', ${NEW_YORK})`), 'STRING', '2024-01-04 05:00:00+00'],
    [`DATETIME(${IN_SUMMER}, ${NEW_YORK})`, 'DATETIME', '2024-07-03T23:30:00'],
    [`DATE(${IN_SUMMER}, ${NEW_YORK})`, 'DATE', '2024-07-03'],
    [`TIME(${IN_SUMMER}, ${NEW_YORK})`, 'TIME', '23:30:00'],
    [`STRING(${IN_SUMMER}, ${NEW_YORK})`, 'STRING', '2024-07-03 23:30:00-04'],
    [`EXTRACT(HOUR FROM ${IN_SUMMER} AT TIME ZONE ${NEW_YORK})`, 'INTEGER', '23'],
    [
      `DATE_DIFF(CURRENT_DATE('Pacific/Kiritimati'), CURRENT_DATE('Pacific/Pago_Pago'), DAY) > 0`,
      'BOOLEAN',
      'true',
    ],
    [`DATETIME_DIFF(CURRENT_DATETIME('+05:00'), CURRENT_DATETIME('UTC'), HOUR)`, 'INTEGER', '5'],
  ],
  'parts of a second': [
    [`EXTRACT(MILLISECOND FROM ${AT})`, 'INTEGER', '123'],
    [`EXTRACT(MICROSECOND FROM ${AT})`, 'INTEGER', '123456'],
    [`EXTRACT(SECOND FROM ${AT})`, 'INTEGER', '5'],
  ],
  'parts of a date that a text does not name': [
    [`PARSE_DATE('%m', '03')`, 'DATE', '1970-03-01'],
    [`PARSE_DATE('%Y', '2024')`, 'DATE', '2024-01-01'],
    [`PARSE_DATETIME('%H', '7')`, 'DATETIME', '1970-01-01T07:00:00'],
  ],
  'formats of dates': [
    [`FORMAT_DATETIME('%c', DATETIME '2008-12-25 15:30:00')`, 'STRING', 'Thu Dec 25 15:30:00 2008'],
    [`FORMAT_DATE('%x', DATE '2008-12-25')`, 'STRING', '12/25/08'],
    [`FORMAT_DATE('%b-%d-%Y', DATE '2008-12-25')`, 'STRING', 'Dec-25-2008'],
    [`FORMAT_TIMESTAMP('%H:%M:%E3S', ${AT})`, 'STRING', '23:30:05.123'],
  ],
  'times in JSON': [
    [`TO_JSON_STRING(TIMESTAMP '2020-01-01 00:00:00+00')`, 'STRING', '"2020-01-01T00:00:00Z"'],
    [`TO_JSON_STRING(DATETIME '2020-01-01 00:00:00')`, 'STRING', '"2020-01-01T00:00:00"'],
    [`TO_JSON_STRING(DATE '2020-01-01')`, 'STRING', '"2020-01-01"'],
  ],
  'decimals are FLOAT64': [
    ['1.5', 'FLOAT', '1.5'],
    ['0.1 + 0.2', 'FLOAT', '0.30000000000000004'],
    ['0.1 + 0.2 = 0.3', 'BOOLEAN', 'false'],
    ['3 * 1.5', 'FLOAT', '4.5'],
    [`NUMERIC '0.1' + 0.2`, 'NUMERIC', '0.3'],
    [`NUMERIC '1' / NUMERIC '3'`, 'NUMERIC', '0.333333333'],
    [`NUMERIC '2' / NUMERIC '3'`, 'NUMERIC', '0.666666667'],
  ],
  'JSON functions': [
    [`JSON_QUERY('{"a":[1,2]}', '$.a')`, 'STRING', '[1,2]'],
    [`JSON_QUERY('{"a":null}', '$.a')`, 'STRING', null],
    [`JSON_EXTRACT('{"a":"x"}', '$.a')`, 'STRING', '"x"'],
    [`JSON_QUERY(JSON '{"a":[1,2]}', '$.a')`, 'JSON', '[1,2]'],
    [`JSON_TYPE(JSON '7')`, 'STRING', 'number'],
    [`JSON_TYPE(JSON '7.5')`, 'STRING', 'number'],
    [`JSON_TYPE(JSON '"x"')`, 'STRING', 'string'],
    [`JSON_TYPE(JSON 'null')`, 'STRING', 'null'],
    [`JSON_TYPE(JSON '{}')`, 'STRING', 'object'],
    ['TO_JSON_STRING(9007199254740993)', 'STRING', '"9007199254740993"'],
    ['TO_JSON_STRING(9007199254740992)', 'STRING', '9007199254740992'],
    [`JSON_VALUE('{not json', '$.a')`, 'STRING', null],
  ],
  operators: [
    ['5 ^ 3', 'INTEGER', '6'],
    ['5 | 3', 'INTEGER', '7'],
    ['1 << 3', 'INTEGER', '8'],
    [String.raw`'a_b' LIKE r'a\_b'`, 'BOOLEAN', 'true'],
    [String.raw`'axb' LIKE r'a\_b'`, 'BOOLEAN', 'false'],
    [String.raw`'a%b' LIKE 'a\\%b'`, 'BOOLEAN', 'true'],
    [`'axb' LIKE 'a_b'`, 'BOOLEAN', 'true'],
  ],
  'counting conditions': [
    ['COUNTIF(x > 5) FROM UNNEST([1, 2]) AS x', 'INTEGER', '0'],
    ['COUNTIF(x) FROM UNNEST([CAST(NULL AS BOOL)]) AS x', 'INTEGER', '0'],
    ['COUNTIF(x > 1) FROM UNNEST([1, 2, NULL]) AS x', 'INTEGER', '1'],
    ['COUNTIF(TRUE) FROM UNNEST(CAST([] AS ARRAY<INT64>))', 'INTEGER', '0'],
  ],
  'parts of texts': [
    [`SUBSTR('abc', 0, 2)`, 'STRING', 'ab'],
    [`SUBSTR('apple', -10, 3)`, 'STRING', 'app'],
    [`SUBSTR('apple', -3)`, 'STRING', 'ple'],
    [`SUBSTR('apple', 2)`, 'STRING', 'pple'],
    [`INSTR('banana', 'an')`, 'INTEGER', '2'],
    [`REGEXP_EXTRACT('foobar', r'o(b)')`, 'STRING', 'b'],
    [`REGEXP_EXTRACT('foobar', r'o(?:b)')`, 'STRING', 'ob'],
  ],
  'numbers that are none': [
    [`CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64)`, 'BOOLEAN', 'false'],
    [`CAST('nan' AS FLOAT64) != CAST('nan' AS FLOAT64)`, 'BOOLEAN', 'true'],
    [`CAST('nan' AS FLOAT64) > 5`, 'BOOLEAN', 'false'],
    [`5 < CAST('nan' AS FLOAT64)`, 'BOOLEAN', 'false'],
    [`CAST('nan' AS FLOAT64) IN (CAST('nan' AS FLOAT64))`, 'BOOLEAN', 'false'],
    [`CAST('nan' AS FLOAT64) BETWEEN 1 AND 2`, 'BOOLEAN', 'false'],
  ],
  'texts of values': [
    ['CAST(1.0 AS STRING)', 'STRING', '1'],
    ['CAST(1.5 AS STRING)', 'STRING', '1.5'],
    [`SAFE_CAST('1e3' AS INT64)`, 'INTEGER', null],
    [`SAFE_CAST('1.5' AS INT64)`, 'INTEGER', null],
    [`CAST('0x1F' AS INT64)`, 'INTEGER', '31'],
    [`UNICODE('')`, 'INTEGER', '0'],
    [`FORMAT('%s', CAST(NULL AS STRING))`, 'STRING', null],
    [`FORMAT("%'d", 123456789)`, 'STRING', '123,456,789'],
    [`FORMAT('%05d|%-5s|%.2f', 42, 'ab', 1.5)`, 'STRING', '00042|ab   |1.50'],
    [`FORMAT('%t', DATE '2024-01-02')`, 'STRING', '2024-01-02'],
    [`FORMAT('%t', CAST(NULL AS STRING))`, 'STRING', 'NULL'],
    [`FORMAT('%T', 'x')`, 'STRING', '"x"'],
  ],
  bytes: [
    [`LENGTH(b'abc')`, 'INTEGER', '3'],
    [`BYTE_LENGTH(b'abc')`, 'INTEGER', '3'],
    [String.raw`LENGTH(b'\xff\x00')`, 'INTEGER', '2'],
    [`BYTE_LENGTH('zwölf')`, 'INTEGER', '6'],
    [`LENGTH('zwölf')`, 'INTEGER', '5'],
    [`OCTET_LENGTH(b'ab')`, 'INTEGER', '2'],
    [`LENGTH(CAST(NULL AS BYTES))`, 'INTEGER', null],
    [`b'abc'`, 'BYTES', 'YWJj'],
    [`b'a' < b'b'`, 'BOOLEAN', 'true'],
    [`TO_HEX(b'a' || b'b')`, 'STRING', '6162'],
    [`STARTS_WITH(b'abc', b'ab')`, 'BOOLEAN', 'true'],
  ],
  'arrays and what is beyond their ends': [
    ['[1, 2][SAFE_OFFSET(6)]', 'INTEGER', null],
    ['[1, 2][SAFE_ORDINAL(0)]', 'INTEGER', null],
    ['[1, 2][OFFSET(1)]', 'INTEGER', '2'],
    ['[1, 2][ORDINAL(1)]', 'INTEGER', '1'],
    ['ARRAY_AGG(x IGNORE NULLS) FROM UNNEST([1, NULL]) AS x', 'INTEGER', ['1']],
  ],
  'other literals and operators': [
    ['0x1F', 'INTEGER', '31'],
    ['1 IS NOT DISTINCT FROM NULL', 'BOOLEAN', 'false'],
    [`IEEE_DIVIDE(1, 0)`, 'FLOAT', 'Infinity'],
    [`SAFE_DIVIDE(1, 0)`, 'FLOAT', null],
  ],
}

// Whole queries: the columns, and the rows.
const QUERIES: Readonly<
  Record<string, readonly [query: string, columns: string, rows: readonly Cell[][]][]>
> = {
  'columns keep their names, called as parts of dates are': [
    [
      'SELECT day, month, year, hour, minute, second, row FROM d.names',
      'day month year hour minute second row',
      [['2024-01-02', '1', '2', '3', '4', '5', '6']],
    ],
    ['SELECT n.day FROM d.names AS n', 'day', [['2024-01-02']]],
    ['SELECT * FROM d.view_of_names', 'day value', [['2024-01-02', '7']]],
    ['SELECT MAX(day), 1 FROM d.names', 'f0_ f1_', [['2024-01-02', '1']]],
  ],
  'GROUP BY takes the alias before the column': [
    [
      'SELECT LOWER(name) AS name, COUNT(*) AS n FROM d.t GROUP BY name ORDER BY name',
      'name n',
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    [
      'SELECT DATE(moment) AS moment, COUNT(*) AS n FROM d.t GROUP BY moment ORDER BY moment',
      'moment n',
      [
        ['2024-01-01', '2'],
        ['2024-01-02', '1'],
      ],
    ],
    ['SELECT LOWER(name) AS name FROM d.t WHERE name = "A"', 'name', [['a']]],
    [
      'SELECT LOWER(name) AS name, COUNT(*) AS n FROM d.t GROUP BY 1 ORDER BY 2 DESC',
      'name n',
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
  ],
  'USING puts its columns first': [
    [
      'SELECT * FROM (SELECT 1 AS a, 2 AS k) JOIN (SELECT 3 AS b, 2 AS k) USING (k)',
      'k a b',
      [['2', '1', '3']],
    ],
    [
      'SELECT * FROM (SELECT 1 AS a, 2 AS k) AS x FULL JOIN (SELECT 3 AS b, 4 AS k) AS y USING (k) ORDER BY k',
      'k a b',
      [
        ['2', '1', null],
        ['4', null, '3'],
      ],
    ],
  ],
  'NaN is before numbers and behind NULL': [
    [
      `SELECT x FROM UNNEST([1.0, CAST('nan' AS FLOAT64), NULL, -5.0]) AS x ORDER BY x`,
      'x',
      [[null], ['NaN'], ['-5'], ['1']],
    ],
  ],
}

// What BigQuery refuses.
const REFUSED: Readonly<Record<string, readonly [query: string, message: RegExp][]>> = {
  'division by zero and numbers that are too large': [
    ['SELECT 1 / 0', /division by zero/],
    ['SELECT DIV(5, 0)', /division by zero/],
    ['SELECT MOD(5, 0)', /division by zero/],
    [`SELECT NUMERIC '1' / NUMERIC '0'`, /division by zero/],
    ['SELECT 9999999999999999999', /Invalid integer literal/],
    ['SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x', /overflow|out of range/i],
    ['SELECT 9223372036854775807 + 1', /overflow|out of range/i],
    ['SELECT 1e308 * 10', /floating point error|overflow/],
    ['SELECT POW(10, 400)', /floating point error/],
    ['SELECT EXP(1000)', /floating point error/],
    ['SELECT 1.7e308 + 1.7e308', /floating point error|overflow/],
  ],
  'places beyond the ends of an array': [
    ['SELECT [1, 2][OFFSET(6)]', /Array index 6 is out of bounds/],
    ['SELECT [1, 2][OFFSET(-1)]', /Array index -1 is out of bounds/],
    ['SELECT [1, 2][ORDINAL(0)]', /Array index 0 is out of bounds/],
  ],
  'texts that are no such value': [
    [`SELECT CAST('1.5' AS INT64)`, /Bad int64 value: 1\.5/],
    [`SELECT CAST('yes' AS BOOL)`, /Bad bool value: yes/],
    [`SELECT CAST('t' AS BOOL)`, /Bad bool value: t/],
    [`SELECT LEFT('abc', -1)`, /negative/],
    [`SELECT SUBSTR('abc', 2, -1)`, /negative/],
  ],
  'types that do not go together': [
    [`SELECT 1 = '1'`, /No matching signature for operator =/],
    [`SELECT COUNT(*) FROM d.t WHERE number = '3'`, /No matching signature for operator =/],
    [`SELECT 1 UNION ALL SELECT 'a'`, /incompatible types/],
    [`SELECT IF(TRUE, 1, 'a')`, /No matching signature for function IF/],
    [`SELECT UNIX_SECONDS(DATE '2024-01-01')`, /No matching signature for function UNIX_SECONDS/],
    ['SELECT TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 MONTH)', /TIMESTAMP_ADD.*MONTH|MONTH.*TIMESTAMP/],
    [`SELECT CASE WHEN TRUE THEN 1 ELSE 'a' END`, /No matching signature for operator CASE/],
    [`SELECT 1 IN ('a')`, /No matching signature for operator IN/],
  ],
  'names that are there twice, or not yet': [
    ['SELECT 1 AS a, 2 AS a', /Duplicate column names/],
    ['SELECT 1 AS a, a + 1 AS b', /Unrecognized name: a/],
    ['SELECT name FROM d.t GROUP BY number', /neither grouped nor aggregated/],
    ['SELECT ARRAY_AGG(x) FROM UNNEST([1, NULL]) AS x', /null element/],
    ['SELECT nothing FROM d.t', /Unrecognized name: nothing/],
  ],
  'changes that no column takes': [
    ['INSERT INTO d.t (name) VALUES (NULL)', /Required field name cannot be null/],
    ['INSERT INTO d.t (number) VALUES (1)', /Required field name cannot be null/],
    ['UPDATE d.t SET number = 1', /WHERE/],
    ['DELETE FROM d.t', /WHERE/],
    ['UPDATE d.t SET name = NULL WHERE TRUE', /Required field name cannot be null/],
    ['INSERT INTO d.t (name) VALUES (5)', /cannot be inserted into column name/],
    [`INSERT INTO d.t (name, number) VALUES ('x', '12')`, /cannot be inserted into column number/],
  ],
  'functions and arguments that are not known': [
    ['SELECT NO_SUCH(1)', /Function not found: NO_SUCH/],
    [`SELECT NET.NOTHING('http://a')`, /NET/],
    [`SELECT REGEXP_EXTRACT(name, 1) FROM d.t`, /No matching signature for function REGEXP_EXTRACT/],
  ],
}

t.test('GoogleSQL is answered as it is documented, or refused', async (t) => {
  const { post, ask } = await openRest<Answer>(t)
  const create = (tableId: string, rest: object) =>
    post('datasets/d/tables', { tableReference: { projectId: 'p', datasetId: 'd', tableId }, ...rest })
  const numbers = ['month', 'year', 'hour', 'minute', 'second', 'row', 'value']
  const fields = [{ name: 'day', type: 'DATE' }, ...numbers.map((name) => ({ name, type: 'INTEGER' }))]
  await create('names', { schema: { fields } })
  await create('view_of_names', { view: { query: 'SELECT day, value FROM d.names', useLegacySql: false } })
  const ofTable = [
    { name: 'name', type: 'STRING', mode: 'REQUIRED' },
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'number', type: 'INTEGER' },
  ]
  await create('t', { schema: { fields: ofTable } })
  const filled = [
    await ask(
      `INSERT INTO d.names (day, month, year, hour, minute, second, \`row\`, value) VALUES ('2024-01-02', 1, 2, 3, 4, 5, 6, 7)`,
    ),
    await ask(
      `INSERT d.t (name, moment, number) VALUES ('a', '2024-01-01 01:00:00', 1), ('A', '2024-01-01 02:00:00', 2), ('b', '2024-01-02', 3)`,
    ),
  ]
  for (const { error } of filled) t.equal(error, undefined)

  for (const [title, cases] of Object.entries(VALUES))
    await t.test(title, async (t) => {
      for (const [expression, type, value] of cases) {
        const { error, schema, rows } = await ask(`SELECT ${expression}`)
        t.same(
          { error: error?.message, type: schema?.fields[0]?.type, value: plain(rows?.[0]?.f[0]?.v) },
          { error: undefined, type, value },
          expression,
        )
      }
    })
  for (const [title, cases] of Object.entries(QUERIES))
    await t.test(title, async (t) => {
      for (const [query, names, wanted] of cases) {
        const { error, schema, rows } = await ask(query)
        const found = rows?.map(({ f }) => f.map(({ v }) => plain(v)))
        const columns = schema?.fields.map(({ name }) => name).join(' ')
        t.same(
          { error: error?.message, columns, rows: found },
          { error: undefined, columns: names, rows: wanted },
          query,
        )
      }
    })
  for (const [title, cases] of Object.entries(REFUSED))
    await t.test(title, async (t) => {
      for (const [query, message] of cases) t.match((await ask(query)).error?.message, message, query)
    })
  const { rows } = await ask('SELECT COUNT(*) FROM d.t')
  t.equal(rows?.[0]?.f[0]?.v, '3', 'what was refused changed nothing')
})

/** A cell without the objects around its values. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item: { v: unknown }) => plain(item.v)) : value
}

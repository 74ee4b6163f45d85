import t from 'tap'
import { openSql } from './ask-sql.ts'
import { openRest } from '../open-bigquery.ts'

/** What is an error in GoogleSQL, and how it is told. */
const ERRORS: Readonly<Record<string, RegExp>> = {
  '9223372036854775807 + 1': /^int64 overflow: 9223372036854775807 \+ 1$/,
  '9223372036854775807 * 2': /^int64 overflow: 9223372036854775807 \* 2$/,
  '-(-9223372036854775808)': /^int64 overflow/,
  'ABS(-9223372036854775808)': /^int64 overflow/,
  'DIV(-9223372036854775808, -1)': /^int64 overflow/,
  'SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x': /^int64 overflow: 9223372036854775808$/,
  "NUMERIC '99999999999999999999999999999' * 10": /^numeric overflow$/,
  'CAST(1e30 AS INT64)': /^Illegal conversion of 1e\+30 to type int64$/,
  "CAST(CAST('nan' AS FLOAT64) AS INT64)": /^Illegal conversion of nan/,
  "CAST(NUMERIC '99999999999999999999999999999' AS INT64)": /^int64 out of range/,
  'CAST(1e30 AS NUMERIC)': /^numeric out of range: 1e30$/,
  '(SELECT x FROM UNNEST([1, 2]) AS x)': /^Scalar subquery produced more than one element$/,
  "REGEXP_CONTAINS('a', '(')": /^Cannot parse regular expression: missing \)/,
  "REGEXP_REPLACE('a', '(a)', r'\\2')": /^Invalid rewrite string/,
  "REGEXP_REPLACE('a', p, r'\\1') FROM UNNEST(['a']) AS p": /^Invalid rewrite string/,
  "CAST(b'\\xff' AS STRING)": /^Invalid UTF-8/,
  "FROM_HEX('xyz')": /^Failed to decode invalid hexadecimal string/,
  "FROM_BASE64('!')": /^Failed to decode invalid base64 string '!'$/,
  'CHR(-1)': /^Invalid codepoint -1$/,
  'DATE(2024, 13, 1)': /^Input calculates to invalid date: 2024-13-1$/,
  "DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)": /^DATE is out of range: 10000-01-01$/,
  "DATE_SUB(DATE '0001-01-01', INTERVAL 1 DAY)": /^DATE is out of range/,
  "DATE '9999-12-31' + 1": /^DATE is out of range/,
  "DATE '9999-12-31' + INTERVAL 1 DAY": /^DATETIME is out of range/,
  "DATETIME_ADD(DATETIME '9999-12-31 23:59:59', INTERVAL 1 SECOND)": /^DATETIME is out of range/,
  "TIMESTAMP_ADD(TIMESTAMP '9999-12-31 23:59:59+00', INTERVAL 1 DAY)": /^TIMESTAMP is out of range/,
  "TIMESTAMP_SUB(TIMESTAMP '0001-01-01 00:00:00+00', INTERVAL 1 SECOND)": /^TIMESTAMP is out of range/,
  'TIMESTAMP_SECONDS(253402300800)': /^TIMESTAMP is out of range/,
  'DATE(10000, 1, 1)': /^DATE is out of range/,
  'DATE_FROM_UNIX_DATE(3000000)': /^DATE is out of range/,
  'POW(-1, 0.5)': /^Floating point error in function: POW/,
  'POW(0, -1)': /^Floating point error in function: POW/,
  'LOG(8, 1)': /^Floating point error in function: LOG/,
  'LOG(8, 0)': /^Floating point error in function: LOG/,
  "STRING_AGG(x, y) FROM UNNEST([STRUCT('a' AS x, 'b' AS y)])":
    /^No matching signature for aggregate function STRING_AGG/,
  'NTH_VALUE(x, 0) OVER (ORDER BY x) FROM UNNEST([1]) AS x': /NTH_VALUE/,
  'LAG(x, -1) OVER (ORDER BY x) FROM UNNEST([1]) AS x': /LAG/,
  'NTILE(0) OVER (ORDER BY x) FROM UNNEST([1]) AS x': /^The argument of NTILE/,
  'SUM(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM UNNEST([1]) AS x':
    /^Window frame that starts/,
  'SUM(x) OVER (ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM UNNEST([1]) AS x': /^Window frame that starts/,
  'SUM(x) OVER (ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM UNNEST([1]) AS x': /must not be negative/,
  'MAX(x) OVER (PARTITION BY [1]) FROM UNNEST([1]) AS x': /^Partitioning by expressions of type ARRAY/,
  'MAX(x) OVER (PARTITION BY x) FROM UNNEST([1.5]) AS x': /^Partitioning by expressions of type FLOAT64/,
  'PERCENTILE_CONT(x, 2) OVER () FROM UNNEST([1]) AS x': /between 0 and 1/,
  'ARRAY_AGG(x LIMIT -1) FROM UNNEST([1]) AS x': /^LIMIT in ARRAY_AGG/,
  'ANY_VALUE(x ORDER BY x) FROM UNNEST([1]) AS x': /does not support ORDER BY/,
  '1 FROM UNNEST([1]) AS x JOIN UNNEST([1]) AS y ON COUNT(*) = 1':
    /^Aggregate function COUNT not allowed in JOIN ON/,
  "TIMESTAMP_TRUNC(TIMESTAMP '2020-01-01 00:00:00+00', DAY, 'Nowhere/Land')":
    /^Invalid time zone: Nowhere\/Land$/,
  'GROUPING(1)': /^GROUPING must have an argument/,
}

/** Words of what runs the statements. */
const FOREIGN =
  /DuckDB|Binder|Out of Range Error|Conversion Error|Catalog|SET scalar|struct_extract|INT128|DECIMAL\(/

t.test('errors are those of GoogleSQL, in its words', async (t) => {
  const ask = await openSql(t)
  for (const [query, wanted] of Object.entries(ERRORS)) {
    const told = await ask(`SELECT ${query}`)
    const message = 'error' in told ? told.error : `no error: ${told.value}`
    t.match(message, wanted, query)
    t.notMatch(message, FOREIGN, query)
  }
})

t.test(
  'a statement that begins with no word of GoogleSQL is a syntax error, and one of BigQuery is refused by name',
  async (t) => {
    const { ask } = await openRest<{ error?: { code: number; message: string } }>(t)
    for (const [sql, code, message] of [
      ['SELEC 1', 400, 'Syntax error: Unexpected identifier "SELEC" at [1:1]'],
      ['1', 400, 'Syntax error: Unexpected "1" at [1:1]'],
      ['WHERE 1', 400, 'Syntax error: Unexpected keyword WHERE at [1:1]'],
      ['SELECT * FROMM t', 400, 'Syntax error: Unexpected identifier "FROMM" at [1:10]'],
      ['GRANT `r` ON TABLE d.t TO "user:a@b.c"', 501, /the statement GRANT/],
      ['GRANT `roles/x` ON TABLE d.t TO "user:a@b.c"', 501, /the statement GRANT/],
    ] as const)
      t.match((await ask(sql)).error, { code, message }, sql)
  },
)

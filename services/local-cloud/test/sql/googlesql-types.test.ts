import t from 'tap'
import { openSql } from './ask-sql.ts'

/** A value of each type, what its cast to STRING gives, and the type as the REST API calls it. */
const SAMPLES: Readonly<Record<string, readonly [sql: string, text: string | undefined, type: string]>> = {
  INT64: ['CAST(7 AS INT64)', '7', 'INTEGER'],
  NUMERIC: [`NUMERIC '7.5'`, '7.5', 'NUMERIC'],
  BIGNUMERIC: [`BIGNUMERIC '7.5'`, '7.5', 'BIGNUMERIC'],
  FLOAT64: ['CAST(7.5 AS FLOAT64)', '7.5', 'FLOAT'],
  BOOL: ['TRUE', 'true', 'BOOLEAN'],
  STRING: [`CONCAT('', '7')`, '7', 'STRING'],
  BYTES: [`CAST('7' AS BYTES)`, '7', 'BYTES'],
  DATE: [`DATE '2024-07-04'`, '2024-07-04', 'DATE'],
  DATETIME: [`DATETIME '2024-07-04 01:02:03'`, '2024-07-04 01:02:03', 'DATETIME'],
  TIME: [`TIME '01:02:03'`, '01:02:03', 'TIME'],
  TIMESTAMP: [`TIMESTAMP '2024-07-04 01:02:03+00'`, '2024-07-04 01:02:03+00', 'TIMESTAMP'],
  JSON: [`JSON '7'`, undefined, 'JSON'],
  'ARRAY<INT64>': ['[1, 2]', undefined, 'INTEGER[]'],
  'STRUCT<INT64>': ['STRUCT(1)', undefined, 'RECORD'],
}
const TYPES = Object.keys(SAMPLES)

/** Conversion rules: what CAST makes of each type. */
const CASTS: Readonly<Record<string, string>> = {
  INT64: 'BOOL INT64 NUMERIC BIGNUMERIC FLOAT64 STRING',
  NUMERIC: 'INT64 NUMERIC BIGNUMERIC FLOAT64 STRING',
  BIGNUMERIC: 'INT64 NUMERIC BIGNUMERIC FLOAT64 STRING',
  FLOAT64: 'INT64 NUMERIC BIGNUMERIC FLOAT64 STRING',
  BOOL: 'BOOL INT64 STRING',
  STRING: 'BOOL INT64 NUMERIC BIGNUMERIC FLOAT64 STRING BYTES DATE DATETIME TIME TIMESTAMP',
  BYTES: 'STRING BYTES',
  DATE: 'STRING DATE DATETIME TIMESTAMP',
  DATETIME: 'STRING DATE DATETIME TIME TIMESTAMP',
  TIME: 'STRING TIME',
  TIMESTAMP: 'STRING DATE DATETIME TIME TIMESTAMP',
  JSON: 'JSON',
  'ARRAY<INT64>': 'ARRAY<INT64>',
  'STRUCT<INT64>': 'STRUCT<INT64>',
}
/** Conversion rules: what a type becomes by itself. */
const COERCED: Readonly<Record<string, string>> = {
  INT64: 'NUMERIC BIGNUMERIC FLOAT64',
  NUMERIC: 'BIGNUMERIC FLOAT64',
  BIGNUMERIC: 'FLOAT64',
  DATE: 'DATETIME',
}
/** What local-cloud refuses though BigQuery does it: SUPPORT.md. */
const isRefusedHere = (a: string, b: string): boolean =>
  a !== b && [a, b].includes('BIGNUMERIC') && [a, b].includes('FLOAT64')

t.test('CAST does what the table of conversions has, and nothing else', async (t) => {
  const ask = await openSql(t)
  for (const from of TYPES)
    for (const to of TYPES) {
      const told = await ask(`SELECT SAFE_CAST(${SAMPLES[from]![0]} AS ${to})`)
      const isAllowed = CASTS[from]!.split(' ').includes(to)
      if (isAllowed) t.match(told, { type: SAMPLES[to]![2] }, `${from} to ${to}`)
      else t.match(told, { error: /Invalid cast from/ }, `${from} to ${to}`)
    }
  for (const [type, [sql, text]] of Object.entries(SAMPLES))
    if (text !== undefined)
      t.same(await ask(`SELECT CAST(${sql} AS STRING)`), { type: 'STRING', value: text }, type)
})

t.test('types compare, and have a common one, where one becomes the other by itself', async (t) => {
  const ask = await openSql(t)
  for (const a of TYPES)
    for (const b of TYPES) {
      const [left, right] = [SAMPLES[a]![0], SAMPLES[b]![0]]
      const has = (from: string, to: string) => COERCED[from]?.split(' ').includes(to) === true
      const isCommon = a === b || ((has(a, b) || has(b, a)) && !isRefusedHere(a, b))
      const compares = isCommon && !['JSON', 'ARRAY<INT64>'].includes(a)
      const equal = await ask(`SELECT ${left} = ${right}`)
      if (compares) t.match(equal, { type: 'BOOLEAN' }, `${a} = ${b}`)
      else t.match(equal, { error: /No matching signature for operator =/ }, `${a} = ${b}`)
      const chosen = await ask(`SELECT IF(TRUE, ${left}, ${right})`)
      if (isCommon) t.match(chosen, { type: SAMPLES[has(a, b) ? b : a]![2] }, `IF of ${a} and ${b}`)
      else t.match(chosen, { error: /No matching signature for function IF/ }, `IF of ${a} and ${b}`)
    }
})

t.test('NULL has every type', async (t) => {
  const ask = await openSql(t)
  for (const type of TYPES.filter((each) => !/^(ARRAY|JSON)/.test(each))) {
    const rest = SAMPLES[type]![2]
    t.same(await ask(`SELECT CAST(NULL AS ${type})`), { type: rest, value: null }, type)
    t.match(await ask(`SELECT COALESCE(NULL, ${SAMPLES[type]![0]})`), { type: rest }, type)
    t.same(
      await ask(`SELECT NULLIF(CAST(NULL AS ${type}), NULL) IS NULL`),
      { type: 'BOOLEAN', value: 'true' },
      type,
    )
  }
})

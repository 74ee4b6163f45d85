import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../../test/long-tests.ts'
import {
  bigNumericJson,
  BIG_NUMERIC_MACROS,
  bigNumericOf,
  ORDER,
  TEXT,
} from '../../../src/bigquery/values/big-numeric.ts'
import { startLocalCloud } from '../../../src/index.ts'

const NUMBERS = ['10', '-1.55', '9', '-1.5', '0', '1.50', '-20', '99999999999999999999999999999999999999']

interface Answer {
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[]
  readonly schema?: { readonly fields: readonly object[] }
  readonly error?: { readonly message: string }
}

async function open(
  t: { teardown: (done: () => Promise<void>) => void },
  options: { dataFolder?: string } = {},
) {
  const cloud = await startLocalCloud(options)
  let isClosed = false
  const close = async () => {
    if (!isClosed) await cloud.close()
    isClosed = true
  }
  t.teardown(close)
  const root = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const send = async (path: string, body: object): Promise<Answer> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${root}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return response.json() as Promise<Answer>
  }
  /** The cells of all rows, or the message of the error. */
  const query = async (sql: string): Promise<unknown> => {
    const { rows = [], error } = await send('/queries', { query: sql, useLegacySql: false })
    return error?.message ?? rows.map(({ f }) => f.map(({ v }) => v))
  }
  return { send, query, close }
}

async function openTable(t: Parameters<typeof open>[0], dataFolder?: string) {
  const opened = await open(t, dataFolder === undefined ? {} : { dataFolder })
  await opened.send('/datasets', { datasetReference: { datasetId: 'd' } })
  const inner = [{ name: 'c', type: 'BIGNUMERIC' }]
  const fields = [
    { name: 'b', type: 'BIGNUMERIC' },
    { name: 'r', type: 'RECORD', fields: inner },
    { name: 'l', type: 'BIGNUMERIC', mode: 'REPEATED' },
    { name: 'n', type: 'NUMERIC' },
  ]
  await opened.send('/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
  const rows = NUMBERS.map((b) => ({ json: { b, r: { c: b }, l: [b, '2'], n: '2' } }))
  await opened.send('/datasets/d/tables/t/insertAll', { rows })
  return opened
}

const inOrder = ['-20', '-1.55', '-1.5', '0', '1.5', '9', '10', '99999999999999999999999999999999999999']

t.test('BIGNUMERICs are ordered and compared as numbers, by SQL as well', async (t) => {
  const { query, send } = await openTable(t)
  const column = async (sql: string) => ((await query(sql)) as string[][]).flat()
  t.same(await column('SELECT b FROM d.t ORDER BY b'), inOrder)
  t.same(await column('SELECT r.c FROM d.t ORDER BY r.c DESC'), inOrder.toReversed())
  t.same(await query('SELECT MIN(b), MAX(b), COUNT(DISTINCT b) FROM d.t'), [['-20', inOrder.at(-1), '8']])
  t.same(await column("SELECT b FROM d.t WHERE b > BIGNUMERIC '1.500' ORDER BY b"), inOrder.slice(5))
  t.same(await column("SELECT b FROM d.t WHERE b = CAST('0001.5' AS BIGNUMERIC)"), ['1.5'])
  t.same(await column('SELECT b FROM d.t WHERE b < CAST(n AS BIGNUMERIC) ORDER BY b'), inOrder.slice(0, 5))
  t.same(await column('SELECT COUNT(*) FROM d.t AS one JOIN d.t AS other ON one.b = other.r.c'), ['8'])
  t.same(await column('SELECT x FROM d.t, UNNEST(l) AS x WHERE b = x AND b IS NOT NULL ORDER BY x'), inOrder)
  const { schema } = await send('/queries', { query: 'SELECT b, l, r FROM d.t', useLegacySql: false })
  t.match(schema!.fields, [
    { name: 'b', type: 'BIGNUMERIC' },
    { name: 'l', type: 'BIGNUMERIC', mode: 'REPEATED' },
    { name: 'r', type: 'RECORD', fields: [{ name: 'c', type: 'BIGNUMERIC' }] },
  ])
})

t.test('casts give a BIGNUMERIC as text and as other numbers', async (t) => {
  const { query } = await openTable(t)
  t.same(
    await query(
      "SELECT CAST(b AS STRING), CAST(b AS FLOAT64), SAFE_CAST(b AS NUMERIC), CAST(n AS INT64), CAST('7' AS INT64) FROM d.t WHERE b = BIGNUMERIC '-1.55'",
    ),
    [['-1.55', '-1.55', '-1.55', '2', '7']],
  )
  t.same(await query("SELECT MAX(CAST(b AS FLOAT64)) + 1 FROM d.t WHERE b < BIGNUMERIC '11'"), [['11']])
  t.same(await query("SELECT SAFE_CAST('x' AS BIGNUMERIC), CAST(1.25 AS BIGNUMERIC)"), [[null, '1.25']])
  t.match(await query("SELECT CAST('x' AS BIGNUMERIC)"), /Invalid BIGNUMERIC value: x/)
})

t.test('its JSON text is right in whichever row it stands, of a large result, too', async (t) => {
  const { query } = await openTable(t)
  const sql = (last: number) =>
    `SELECT IF(n < ${last}, 'x', (SELECT TO_JSON_STRING(b) FROM d.t WHERE b = BIGNUMERIC '9')) AS text
     FROM UNNEST(GENERATE_ARRAY(1, ${last})) AS n`
  const answer = (rows: number) => [...Array.from({ length: rows - 1 }, () => ['x']), ['9']]
  t.same(await query(sql(1500)), answer(1500))
  t.same(await query(sql(30_000)), answer(30_000))
})

t.test('what would be wrong is refused by name', async (t) => {
  const { query } = await openTable(t)
  for (const wrong of [
    'b + CAST(1 AS FLOAT64)',
    'b < RAND()',
    'SQRT(b)',
    'STDDEV(b)',
    "b = '1.5'",
    "FORMAT('%s', b)",
    'TO_JSON(b)',
  ])
    t.match(await query(`SELECT ${wrong} FROM d.t`), /BIGNUMERIC/, wrong)
  t.match(await query('UPDATE d.t SET b = CAST(5 AS FLOAT64) WHERE TRUE'), /BIGNUMERIC/)
})

t.test('a table of BIGNUMERICs is reckoned with, and compared with other numbers', async (t) => {
  const { query } = await openTable(t)
  const of = (sql: string, where = "b < BIGNUMERIC '11'") => query(`SELECT ${sql} FROM d.t WHERE ${where}`)
  t.same(await of('SUM(b), AVG(b), SUM(DISTINCT b), COUNT(b)'), [
    ['-2.55', '-0.36428571428571428571428571428571428571', '-2.55', '7'],
  ])
  t.same(await of('SUM(b), AVG(b), MIN(b)', 'FALSE'), [[null, null, null]])
  t.same(await of('b + 1, b - n, b * 2, b / 4, -b', 'b = 9'), [['10', '7', '18', '2.25', '-9']])
  t.same(await of('COUNT(*)', 'b > n'), [['3']])
  t.same(await of('COUNT(*)', 'b BETWEEN 1 AND 10'), [['3']])
  t.same(await of('COUNT(*)', 'b IN (10, 9, 1.5)'), [['3']])
  t.same(await of('IFNULL(b, 0) + IF(b > 0, b, 1)', 'b = -20'), [['-19']])
  t.same(await of('SUM(b) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING)', 'b < 0'), [
    ['-20'],
    ['-21.55'],
    ['-23.05'],
  ])
  t.match(await of('SUM(b * b)', 'TRUE'), /BIGNUMERIC overflow/)
  t.same(await query('UPDATE d.t SET b = b + n WHERE b = 9'), [])
  t.same(await query('INSERT INTO d.t (b) VALUES (5), (NUMERIC "0.5"), (1e2)'), [])
  t.same(await of('b', 'b IN (11, 5, 0.5, 100) ORDER BY b'), [['0.5'], ['5'], ['11'], ['100']])
})

t.test('a table that an earlier version kept as text has numbers after the next start', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  t.teardown(() => rmSync(dataFolder, { recursive: true, force: true }))
  const before = await openTable(t, dataFolder)
  await before.close()
  const instance = await DuckDBInstance.create(join(dataFolder, 'bigquery.duckdb'))
  const connection = await instance.connect()
  const alter = 'ALTER TABLE "p:d".t ALTER COLUMN'
  await connection.run(`${alter} b TYPE VARCHAR USING struct_extract(b, '${TEXT}')`)
  await connection.run(
    `${alter} r TYPE STRUCT(c VARCHAR) USING struct_pack(c := struct_extract(struct_extract(r, 'c'), '${TEXT}'))`,
  )
  await connection.run(
    `${alter} l TYPE VARCHAR[] USING list_transform(l, lambda x: struct_extract(x, '${TEXT}'))`,
  )
  connection.closeSync()
  instance.closeSync()
  const { query } = await open(t, { dataFolder })
  t.same(
    await query('SELECT b FROM d.t ORDER BY b'),
    inOrder.map((text) => [text]),
  )
  t.same(
    await query('SELECT r.c FROM d.t ORDER BY r.c'),
    inOrder.map((text) => [text]),
  )
  t.same(await query("SELECT l[OFFSET(1)] FROM d.t WHERE b = BIGNUMERIC '9'"), [['2']])
})

const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`))
const numbers = fc
  .tuple(fc.constantFrom('', '-', '+'), digits(38), fc.option(digits(38), { nil: undefined }))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}`)
const near = fc.constantFrom('0', '-0', '0.0', '1', '-1', '1.1', '-1.1', '-1.11', '1.11', '-11', '11', '0.01')
const scaled = (text: string): bigint => {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text)!
  const size = BigInt(whole + fraction.padEnd(38, '0'))
  return sign === '-' ? -size : size
}

t.test('the order of two texts is that of their numbers', (t) => {
  const any = fc.oneof(numbers, near)
  const orderOf = (text: string) => (JSON.parse(bigNumericJson(text)) as Record<string, string>)[ORDER]!
  fc.assert(
    fc.property(any, any, (one, other) => {
      const wanted = Math.sign(Number(scaled(one) - scaled(other)))
      const [a, b] = [orderOf(one), orderOf(other)]
      assert.equal(a < b ? -1 : a > b ? 1 : 0, wanted, `${one} ${other}`)
      const shown = (JSON.parse(bigNumericJson(one)) as Record<string, string>)[TEXT]!
      assert.equal(scaled(shown), scaled(one))
    }),
    { numRuns: cases(1000) },
  )
  t.end()
})

t.test('SQL makes the same of a text', async (t) => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run('CREATE SCHEMA local_cloud')
  for (const macro of BIG_NUMERIC_MACROS) await connection.run(macro)
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.comment(`SEED=${seed}`)
  const texts = fc.sample(fc.oneof(numbers, near), { seed, numRuns: 300 })
  const list = texts.map((text) => `'${text}'`).join(', ')
  const sql = `SELECT ${bigNumericOf('x')} AS b FROM (SELECT unnest([${list}]) AS x)`
  const rows = (await connection.runAndReadAll(sql)).getRowsJson()
  t.same(
    rows.flat(),
    texts.map((text) => JSON.parse(bigNumericJson(text)) as object),
  )
  connection.closeSync()
  instance.closeSync()
})

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api'
import t from 'tap'
import { GrownMemory } from '../../../src/bigquery/results/grown-memory.ts'
import { ResultReader } from '../../../src/bigquery/results/result-rows.ts'
import { ResultStore } from '../../../src/bigquery/results/result-store.ts'

const ROWS = 50_000
/** Bytes of a process that grows whenever it is looked at. */
let rss = 0
const growing = () => (rss += 2 ** 30)

/** @param giveBack what fails, or tells that it was called */
async function open(giveBack = () => Promise.resolve()) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  let rows = 0
  // what counts the rows that it is asked for
  const counted = DuckDBScalarFunction.create({
    name: 'counted',
    mainFunction: (_info, input, output) => {
      const { rowCount } = input
      rows += rowCount
      for (let row = 0; row < rowCount; row++) output.setItem(row, input.getColumnVector(0).getItem(row))
      output.flush()
    },
    returnType: INTEGER,
    parameterTypes: [INTEGER],
    volatile: true,
  })
  connection.registerScalarFunction(counted)
  counted.destroySync()
  const folder = mkdtempSync(join(tmpdir(), 'results-test-'))
  const large = new ResultStore(join(folder, 'results'))
  const reader = new ResultReader(() => instance.connect(), large, new GrownMemory(giveBack, growing))
  const left = () => (existsSync(join(folder, 'results')) ? readdirSync(join(folder, 'results')) : [])
  const close = async () => {
    await large.close()
    rmSync(folder, { recursive: true, force: true })
    connection.closeSync()
    instance.closeSync()
  }
  return { reader, left, rows: () => rows, close }
}

t.test('a query of a large result runs once', async (t) => {
  const { reader, left, rows, close } = await open()
  t.teardown(close)
  const sql = `SELECT counted(CAST(range AS INTEGER)) AS n FROM range(${ROWS})`
  const result = await reader.run(sql)
  t.equal(result.count, ROWS)
  t.equal(rows(), ROWS)
  t.same(await result.page(ROWS - 2, 10), [[ROWS - 2], [ROWS - 1]])
  t.equal(left().length, 1)
  await result.drop()
  await result.drop()
  t.same(left(), [])
})

t.test('a query that fails behind many rows leaves nothing', async (t) => {
  const { reader, left, close } = await open()
  t.teardown(close)
  const sql = `SELECT CASE WHEN range < ${ROWS - 1} THEN range ELSE error('no') END AS n FROM range(${ROWS})`
  await t.rejects(reader.run(sql), /no/)
  t.same(left(), [])
})

t.test('a large result keeps values of every type, and others beside it', async (t) => {
  const { reader, close } = await open()
  t.teardown(close)
  const values = [
    '\'"a"\'::JSON AS j',
    'NULL AS nothing',
    '[1.5::DECIMAL(38,9)] AS list',
    "{'a b': 1, 'c': [{'d': TRUE}]} AS s",
    "'\\x00'::BLOB AS b",
    "TIMESTAMPTZ '2020-01-01 00:00:00+00' AS t",
    "TIME '01:02:03' AS time",
    '1::HUGEINT AS h',
    'uuid() AS u',
    '[]::BIGINT[] AS none',
  ]
  const sql = (count: number) => `SELECT ${values.join(', ')}, range AS n FROM range(${count})`
  const [few, many, others] = [
    await reader.run(sql(1)),
    await reader.run(sql(ROWS)),
    await reader.run(sql(ROWS)),
  ]
  const plain = ([j, nothing, list, s, b, time, at, h]: readonly unknown[]) =>
    [j, nothing, list, s, b, time, at, h].map(String)
  t.same(plain((await many.page(ROWS - 1, 1))[0]!), plain((await few.page(0, 1))[0]!))
  t.same(many.types.map(String), few.types.map(String))
  await many.drop()
  t.equal((await others.page(ROWS - 1, 5)).length, 1)
  await others.drop()
})

t.test('results of few rows and many columns stay in memory, up to a million values together', async (t) => {
  const { reader, left, close } = await open()
  t.teardown(close)
  const columns = Array.from({ length: 2000 }, (_, n) => `range + ${n} AS c${n}`).join(', ')
  const sql = `SELECT ${columns} FROM range(200)`
  const first = await reader.run(sql)
  const second = await reader.run(sql)
  first.hold()
  t.same(left(), [])
  const third = await reader.run(sql)
  t.equal(left().length, 1, 'what has no room is on the disk')
  for (const result of [first, second, third]) {
    t.equal(result.count, 200)
    const page = await result.page(150, 100)
    t.same(
      page.map(([number]) => Number(number)),
      Array.from({ length: 50 }, (_, n) => 150 + n),
    )
    t.equal(Number(page[49]![1999]), 199 + 1999)
  }
  await third.drop()
  await first.drop()
  t.same(left(), [])
  const fourth = await reader.run(sql)
  t.equal(left().length, 1, 'somebody holds the first one still')
  await fourth.drop()
  await first.drop()
  await reader.run(sql)
  t.same(left(), [])
})

t.test('an answer comes though the memory of its query cannot be given back', async (t) => {
  let calls = 0
  const { reader, close } = await open(() => (calls++, Promise.reject(new Error('no'))))
  t.teardown(close)
  const { count } = await reader.run(`SELECT * FROM range(${ROWS})`)
  t.same([count, calls], [ROWS, 1])
})

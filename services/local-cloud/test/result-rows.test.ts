import { DuckDBInstance, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api'
import t from 'tap'
import { ResultReader } from '../src/bigquery/result-rows.ts'

const ROWS = 50_000

async function open() {
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
  const reader = new ResultReader(connection, () => instance.connect())
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  return { reader, connection, rows: () => rows, close }
}

t.test('a query of a large result runs once', async (t) => {
  const { reader, connection, rows, close } = await open()
  t.teardown(close)
  const sql = `SELECT counted(CAST(range AS INTEGER)) AS n FROM range(${ROWS})`
  const result = await reader.run(sql)
  t.equal(result.count, ROWS)
  t.equal(rows(), ROWS)
  t.same(await result.page(ROWS - 2, 10), [[ROWS - 2], [ROWS - 1]])
  const tables = async () =>
    (await connection.runAndReadAll('SELECT count(*) FROM duckdb_tables() WHERE temporary')).getRows()[0]![0]
  t.equal(await tables(), 1n)
  await result.drop()
  t.equal(await tables(), 0n)
})

t.test('a query that fails behind many rows leaves nothing', async (t) => {
  const { reader, connection, close } = await open()
  t.teardown(close)
  const sql = `SELECT CASE WHEN range < ${ROWS - 1} THEN range ELSE error('no') END AS n FROM range(${ROWS})`
  await t.rejects(reader.run(sql), /no/)
  const left = await connection.runAndReadAll('SELECT count(*) FROM duckdb_tables() WHERE temporary')
  t.equal(left.getRows()[0]![0], 0n)
})

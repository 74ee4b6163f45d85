import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import t from 'tap'
import { insertTarget } from '../../../src/bigquery/table/physical.ts'
import { linesOf } from '../../../src/bigquery/table/line-writer.ts'
import { RowBuffer } from '../../../src/bigquery/store/row-buffer.ts'
import type { Table } from '../../../src/bigquery/table/table.ts'
import { WriteTurns } from '../../../src/bigquery/store/write-turns.ts'
import { GoogleError } from '../../../src/google-error.ts'

const FIELDS = [{ name: 'text', type: 'STRING' }]
const target = (tableId: string) =>
  insertTarget({
    reference: { projectId: 'p', datasetId: 'd', tableId },
    incarnation: tableId,
    fields: FIELDS,
    spec: {},
    etag: '',
    creationTime: 0,
    lastModifiedTime: 0,
  } satisfies Table)
const rows = (count: number, bytes = 10) =>
  linesOf(Array.from({ length: count }, () => JSON.stringify({ text: 'x'.repeat(bytes) })))

interface Buffered {
  readonly buffer: RowBuffer
  readonly writer: DuckDBConnection
  readonly countOf: (table: string) => Promise<number>
}

/** @param before called before each transaction */
async function open(
  t: { teardown: (done: () => void) => void },
  tables: readonly string[],
  { before = () => {}, mostPending = 128 << 20 } = {},
): Promise<Buffered> {
  const instance = await DuckDBInstance.create(':memory:')
  const writer = await instance.connect()
  t.teardown(() => {
    writer.closeSync()
    instance.closeSync()
  })
  await writer.run('CREATE SCHEMA "p:d"')
  for (const table of tables) await writer.run(`CREATE TABLE "p:d"."${table}" (text VARCHAR)`)
  const transaction = async <T>(work: () => Promise<T>) => {
    before()
    await writer.run('BEGIN')
    try {
      const result = await work()
      await writer.run('COMMIT')
      return result
    } catch (error) {
      await writer.run('ROLLBACK')
      throw error
    }
  }
  const turns = new WriteTurns()
  const buffer = new RowBuffer({
    history: { append: () => {}, lose: () => {} },
    now: Date.now,
    writer,
    turns,
    transaction,
    log: undefined,
    faults: undefined,
    mostPending,
  })
  const countOf = async (table: string) => {
    const reader = await writer.runAndReadAll(`SELECT count(*) FROM "p:d"."${table}"`)
    return Number(reader.getRowsJson()[0]![0])
  }
  return { buffer, writer, countOf }
}

t.test('who reads a small table does not wait for all that is on its way into a large one', async (t) => {
  const { buffer, countOf } = await open(t, ['small', 'large'])
  // from 32 MB on they are brought in, though nobody reads them
  for (let n = 0; n < 40; n++) await buffer.insert(target('large'), rows(1000, 1000), 'append')
  await buffer.insert(target('small'), rows(1), 'append')
  await buffer.catchUp(['small'])
  t.equal(await countOf('small'), 1)
  t.ok(buffer.count('large') > 0, 'some rows of the large table still wait')
  await buffer.catchUp(['large'])
  t.equal(await countOf('large'), 40_000)
})

t.test('rows that DuckDB does not take are no reason to refuse the rows of another table', async (t) => {
  const { buffer, countOf } = await open(t, ['good', 'bad'], { mostPending: 1000 })
  await buffer.insert(target('bad'), linesOf([`no JSON ${'x'.repeat(2000)}`]), 'append')
  await buffer.insert(target('good'), rows(3), 'append')
  await buffer.catchUp(['good'])
  t.equal(await countOf('good'), 3)
})

t.test('a full disk refuses rows before they are accepted, and takes them once it has room', async (t) => {
  let isFull = true
  const before = () => {
    if (isFull) throw new GoogleError('RESOURCE_EXHAUSTED', 'The disk is full')
  }
  const { buffer, countOf } = await open(t, ['table'], { before, mostPending: 1000 })
  await buffer.insert(target('table'), rows(1, 2000), 'append')
  await t.rejects(buffer.insert(target('table'), rows(1), 'append'), { message: 'The disk is full' })
  isFull = false
  await buffer.insert(target('table'), rows(1), 'append')
  await buffer.catchUp(['table'])
  t.equal(await countOf('table'), 2, 'the refused row is not there')
})

t.test('rows that wait for room are accepted in their order', async (t) => {
  const { buffer, writer } = await open(t, ['table'], { mostPending: 50 })
  const texts = Array.from({ length: 20 }, (_, n) => `${n} ${'x'.repeat(20)}`)
  await Promise.all(
    texts.map((text) => buffer.insert(target('table'), linesOf([JSON.stringify({ text })]), 'append')),
  )
  await buffer.catchUp(['table'])
  const reader = await writer.runAndReadAll('SELECT text FROM "p:d"."table"')
  t.same(reader.getRowsJson().flat(), texts)
})

t.test('rows that wait for room wait for no more than that', async (t) => {
  let transactions = 0
  const before = () => {
    transactions++
  }
  const tables = Array.from({ length: 60 }, (_, n) => `table${n}`)
  const { buffer } = await open(t, tables, { before, mostPending: 60 * 2000 })
  // one transaction takes 50 tables
  for (const table of tables) await buffer.insert(target(table), rows(1, 2000), 'append')
  await buffer.insert(target('table0'), rows(1), 'append')
  t.equal(transactions, 1)
  t.equal(buffer.count('table59'), 1, 'what nobody had to wait for is still on its way')
})

t.test(
  'a row whose text is no UTF-8 lands, with its wrong bytes replaced, and so does its neighbour',
  async (t) => {
    const { buffer, writer } = await open(t, ['one'])
    const bad = Buffer.concat([Buffer.from('{"text":"a'), Buffer.from([0xff, 0xc3]), Buffer.from('b"}')])
    await buffer.insert(target('one'), { bytes: bad, count: 1 }, 'append')
    await buffer.insert(target('one'), linesOf(['{"text":"żółw 🐢"}']), 'append')
    await buffer.catchUp(['one'])
    const reader = await writer.runAndReadAll('SELECT text FROM "p:d"."one"')
    t.same(reader.getRowsJson(), [['a\ufffd\ufffdb'], ['żółw 🐢']])
  },
)

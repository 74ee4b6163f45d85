import type { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { KnownBytes } from '../../../src/bigquery/bytes/known-bytes.ts'
import { linesOf } from '../../../src/bigquery/table/line-writer.ts'
import { insertTarget } from '../../../src/bigquery/table/physical.ts'
import { Store } from '../../../src/bigquery/store/store.ts'
import type { Table } from '../../../src/bigquery/table/table.ts'
import { openClient } from '../../open-bigquery.ts'

/** From so many rows on sums are remembered. */
const ROWS = 100_000

const ONE_COLUMN: Table = {
  reference: { projectId: 'p', datasetId: 'd', tableId: 't' },
  spec: {},
  fields: [{ name: 'text', type: 'STRING' }],
  etag: '',
  incarnation: 'i',
  creationTime: 0,
  lastModifiedTime: 0,
}

async function bytesOfQuery(bigquery: BigQuery, query: string): Promise<number> {
  const [, , answer] = await bigquery.query(query, { autoPaginate: false, maxResults: 1 })
  return Number((answer as { totalBytesProcessed?: string }).totalBytesProcessed)
}

t.test(
  'the bytes of a large table are those of its rows, whatever happens to it',
  { timeout: 480_000 },
  async (t) => {
    const { bigquery, dataset } = await openClient(t)
    const fields = [
      { name: 'day', type: 'DATE' },
      { name: 'text', type: 'STRING' },
      { name: 'number', type: 'INTEGER' },
    ]
    await dataset.createTable('t', { schema: { fields }, timePartitioning: { type: 'DAY', field: 'day' } })
    const bytesOf = (query: string) => bytesOfQuery(bigquery, query)
    const insert = (rows: number, day: string, text: string) =>
      bigquery.query(`INSERT INTO d.t (day, text, number)
      SELECT DATE '${day}', '${text}', n FROM UNNEST(GENERATE_ARRAY(1, ${rows})) AS n`)
    const text = (length: number) => length + 2

    await insert(ROWS, '2026-01-01', 'abc')
    await insert(10, '2026-01-02', 'abcdef')
    const first = ROWS * text(3)
    t.equal(await bytesOf('SELECT text FROM d.t'), first + 10 * text(6))
    t.equal(await bytesOf('SELECT text FROM d.t'), first + 10 * text(6), 'the second time, too')
    t.equal(
      await bytesOf(`SELECT text FROM d.t WHERE day = DATE '2026-01-02'`),
      10 * (text(6) + 8),
      'of one partition',
    )
    t.equal(
      await bytesOf('SELECT text, number FROM d.t'),
      first + 10 * text(6) + (ROWS + 10) * 8,
      'and another column',
    )

    const table = dataset.table('t')
    await table.insert([{ day: '2026-01-03', text: 'xyz', number: 1 }])
    t.equal(await bytesOf('SELECT text FROM d.t'), first + 10 * text(6) + text(3), 'a row that was streamed')
    t.equal(await bytesOf(`SELECT number FROM d.t WHERE day = DATE '2026-01-03'`), 16)

    await insert(5, '2026-01-02', 'a')
    t.equal(
      await bytesOf('SELECT text FROM d.t'),
      first + 10 * text(6) + text(3) + 5 * text(1),
      'rows of a statement',
    )
    await bigquery.query(`UPDATE d.t SET text = 'abcdefgh' WHERE day = DATE '2026-01-02'`)
    t.equal(await bytesOf('SELECT text FROM d.t'), first + 15 * text(8) + text(3), 'rows that were changed')
    await bigquery.query(`DELETE FROM d.t WHERE day = DATE '2026-01-02'`)
    t.equal(await bytesOf('SELECT text FROM d.t'), first + text(3), 'rows that are gone')
    await Promise.all([1, 2, 3].map(() => bytesOf('SELECT text, day FROM d.t'))).then((answers) =>
      t.same(new Set(answers), new Set([first + text(3) + (ROWS + 1) * 8]), 'asked by several at once'),
    )
    const query = `SELECT DATE '2026-01-04' AS day, 'abcd' AS text, n AS number FROM UNNEST(GENERATE_ARRAY(1, ${ROWS + 1})) AS n`
    const [job] = await bigquery.createQueryJob({
      query,
      destination: table,
      writeDisposition: 'WRITE_TRUNCATE',
    })
    await job.getQueryResults()
    t.equal(
      await bytesOf('SELECT text FROM d.t'),
      (ROWS + 1) * text(4),
      'as many rows of a job, in place of them',
    )
    await bigquery.query('DROP TABLE d.t')
    await dataset.createTable('t', { schema: { fields } })
    await insert(ROWS, '2026-01-01', 'ab')
    t.equal(await bytesOf('SELECT text FROM d.t'), ROWS * text(2), 'a table that was made anew')
  },
)

t.test('sums that were kept up part by part are those of all rows', async (t) => {
  const store = await Store.open(':memory:')
  t.teardown(() => store.close())
  const table: Table = {
    reference: { projectId: 'p', datasetId: 'd', tableId: 't' },
    spec: { timePartitioning: { type: 'HOUR', field: 'at' } },
    fields: [
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'text', type: 'STRING' },
    ],
    etag: '',
    incarnation: 'i',
    creationTime: 0,
    lastModifiedTime: 0,
  }
  const insert = (from: number, until: number) =>
    store.write(
      async (connection) => {
        await connection.run(`INSERT INTO "p:d"."t"
          SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' + INTERVAL (n) SECOND, repeat('x', (n % 7)::INT) FROM range(${from}, ${until}) AS t (n)`)
      },
      ['i'],
      [],
    )
  await store.write(async (connection) => {
    await connection.run('CREATE SCHEMA "p:d"')
    await connection.run('CREATE TABLE "p:d"."t" ("at" TIMESTAMPTZ, "text" VARCHAR)')
  })
  await insert(0, 250_000)
  const ofAll = { table, fields: [table.fields[1]!], condition: undefined }
  const ofHours = { ...ofAll, condition: `"at" BETWEEN '2026-01-01 00:30:00Z' AND '2026-01-01 01:10:00Z'` }
  const known = new KnownBytes(store)
  const told = async () => [await known.bytesOf([ofAll], ['i']), await known.bytesOf([ofHours], ['i'])]
  const wanted = async () => {
    const anew = new KnownBytes(store)
    return [await anew.bytesOf([ofAll], ['i']), await anew.bytesOf([ofHours], ['i'])]
  }
  t.equal(await known.keepUp(table), true)
  t.same(await told(), await wanted(), 'a part of it, and the rest when it is asked for')
  await insert(250_000, 480_000)
  let parts = 1
  while (await known.keepUp(table)) parts++
  t.equal(parts, 4)
  t.same(await told(), await wanted())
  let bytes = 0
  for (let n = 0; n < 480_000; n++) bytes += 2 + (n % 7)
  let ofTwo = 0
  for (let n = 0; n < 7200; n++) ofTwo += 2 + (n % 7)
  t.same(await told(), [bytes, ofTwo], 'of all, and of the two hours')
  await store.write(
    async (connection) => void (await connection.run('DELETE FROM "p:d"."t" WHERE "text" = \'\'')),
    ['i'],
    ['i'],
  )
  while (await known.keepUp(table));
  t.same(await told(), await wanted(), 'rows that are gone')
})

t.test(
  'rows that are missing in between cost one look at each part, and rows that are gone are not counted',
  async (t) => {
    const store = await Store.open(':memory:')
    t.teardown(() => store.close())
    /** As changes of rows do it that come by their key: of other changes the store would know. */
    const run = (sql: string) =>
      store.write(async (connection) => void (await connection.run(sql)), ['i'], [])
    await store.write(async (connection) => {
      await connection.run('CREATE SCHEMA "p:d"')
      await connection.run('CREATE TABLE "p:d"."t" ("text" VARCHAR)')
    })
    const insert = (rows: number) => run(`INSERT INTO "p:d"."t" SELECT 'abc' FROM range(${rows})`)
    await insert(350_000)
    await run('DELETE FROM "p:d"."t" WHERE rowid BETWEEN 100 AND 109')
    await run('DELETE FROM "p:d"."t" WHERE rowid BETWEEN 110000 AND 229999')
    const asked: string[] = []
    const watched = {
      query: (sql: string, reads: readonly string[]) => {
        if (/GROUP BY/.test(sql)) asked.push(sql)
        return store.query(sql, reads)
      },
      countRows: (stored: Parameters<Store['countRows']>[0]) => store.countRows(stored),
      marks: store.marks,
    }
    const known = new KnownBytes(watched)
    const bytes = () =>
      known.bytesOf([{ table: ONE_COLUMN, fields: ONE_COLUMN.fields, condition: undefined }], ['i'])
    let parts = 1
    while (await known.keepUp(ONE_COLUMN)) parts++
    t.equal(parts, 4)
    const left = 350_000 - 10 - 120_000
    asked.length = 0
    t.equal(await bytes(), left * 5)
    await insert(3)
    t.equal(await bytes(), (left + 3) * 5, 'rows that came')
    t.ok(
      asked.every((sql) => /rowid > 3[45]\d{4} /.test(sql)),
      'no row is looked at again',
    )
    await run('DELETE FROM "p:d"."t" WHERE rowid >= 350001')
    t.equal(await bytes(), (left + 1) * 5, 'the last rows are gone')
    await run('DELETE FROM "p:d"."t" WHERE rowid = 5')
    await insert(1)
    t.equal(await bytes(), (left + 1) * 5, 'a row is gone, and another came')
  },
)

t.test('as long as nothing is written to a table, DuckDB is asked once, however small it is', async (t) => {
  const store = await Store.open(':memory:')
  t.teardown(() => store.close())
  await store.write(async (connection) => {
    await connection.run('CREATE SCHEMA "p:d"')
    await connection.run('CREATE TABLE "p:d"."t" ("text" VARCHAR)')
  })
  let asked = 0
  const known = new KnownBytes({
    query: (sql, reads) => {
      asked++
      return store.query(sql, reads)
    },
    countRows: (each) => store.countRows(each),
    marks: store.marks,
  })
  const bytes = () =>
    known.bytesOf([{ table: ONE_COLUMN, fields: ONE_COLUMN.fields, condition: undefined }], ['i'])
  t.equal(await bytes(), 0)
  const first = asked
  t.equal(await bytes(), 0)
  t.equal(asked, first)
  await store.write(
    async (connection) => void (await connection.run(`INSERT INTO "p:d"."t" VALUES ('abc')`)),
    ['i'],
    [],
  )
  t.equal(await bytes(), 5, 'a row of a statement')
  await store.insert(insertTarget(ONE_COLUMN), linesOf(['{"text":"ab"}']))
  t.equal(await bytes(), 9, 'a row that was streamed')
  const second = asked
  t.equal(await bytes(), 9)
  t.equal(asked, second)
})

t.test('days before 1970 are days of their own', { timeout: 480_000 }, async (t) => {
  const { bigquery, dataset } = await openClient(t)
  const fields = [
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'number', type: 'INTEGER' },
  ]
  await dataset.createTable('t', { schema: { fields }, timePartitioning: { type: 'DAY', field: 'moment' } })
  for (const [rows, at] of [
    [ROWS, '1969-12-31 23:00:00'],
    [7, '1970-01-01 01:00:00'],
  ])
    await bigquery.query(
      `INSERT INTO d.t (moment, number) SELECT TIMESTAMP '${at}', n FROM UNNEST(GENERATE_ARRAY(1, ${rows})) AS n`,
    )
  const day = `SELECT number FROM d.t WHERE moment >= TIMESTAMP '1970-01-01' AND moment < TIMESTAMP '1970-01-02'`
  t.equal(await bytesOfQuery(bigquery, day), 7 * 16)
})

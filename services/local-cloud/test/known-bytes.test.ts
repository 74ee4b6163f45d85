import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../src/index.ts'

/** From so many rows on sums are remembered. */
const ROWS = 100_000

t.test(
  'the bytes of a large table are those of its rows, whatever happens to it',
  { timeout: 120_000 },
  async (t) => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
    const [dataset] = await bigquery.createDataset('d')
    const fields = [
      { name: 'day', type: 'DATE' },
      { name: 'text', type: 'STRING' },
      { name: 'number', type: 'INTEGER' },
    ]
    await dataset.createTable('t', { schema: { fields }, timePartitioning: { type: 'DAY', field: 'day' } })
    const bytesOf = async (query: string) => {
      const [, , answer] = await bigquery.query(query, { autoPaginate: false, maxResults: 1 })
      return Number((answer as { totalBytesProcessed?: string }).totalBytesProcessed)
    }
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
    await bigquery.query('DROP TABLE d.t')
    await dataset.createTable('t', { schema: { fields } })
    await insert(ROWS, '2026-01-01', 'ab')
    t.equal(await bytesOf('SELECT text FROM d.t'), ROWS * text(2), 'a table that was made anew')
  },
)

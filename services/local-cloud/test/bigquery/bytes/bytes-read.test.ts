import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

const FIELDS = [
  { name: 'day', type: 'DATE' },
  { name: 'text', type: 'STRING' },
  { name: 'number', type: 'INTEGER' },
  { name: 'exact', type: 'NUMERIC' },
  { name: 'large', type: 'BIGNUMERIC' },
  { name: 'yes', type: 'BOOLEAN' },
  { name: 'json', type: 'JSON' },
  { name: 'bytes', type: 'BYTES' },
  { name: 'list', type: 'STRING', mode: 'REPEATED' },
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'sku', type: 'STRING' },
      { name: 'at', type: 'TIMESTAMP' },
    ],
  },
]
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03']

t.test('a query says how many bytes BigQuery would read for it', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const [table] = await dataset.createTable('t', {
    schema: { fields: FIELDS },
    timePartitioning: { type: 'DAY', field: 'day' },
  })
  const value = {
    text: 'zwölf',
    number: 7,
    exact: '1.5',
    large: '2.5',
    yes: true,
    json: '{"a":1}',
    bytes: Buffer.from('abc').toString('base64'),
    list: ['a', 'bc'],
    items: [
      { sku: 'x', at: '2026-01-01T00:00:00Z' },
      { sku: null, at: null },
    ],
  }
  // of the second day two, of which one has nothing but its day
  await table.insert([...DAYS.map((day) => ({ day, ...value })), { day: DAYS[1] }])
  const read = async (sql: string, params?: object): Promise<number> => {
    const [job] = await bigquery.createQueryJob({ query: sql, dryRun: true, ...(params && { params }) })
    return Number(
      (job.metadata as { statistics: { totalBytesProcessed: string } }).statistics.totalBytesProcessed,
    )
  }

  await t.test('of each type as it is documented; NULL takes none', async (t) => {
    const bytes = { day: 8 * 4, text: 8 * 3, number: 8 * 3, exact: 16 * 3, large: 32 * 3, yes: 3 }
    const others = { json: 7 * 3, bytes: 5 * 3, list: 7 * 3, items: 11 * 3 }
    for (const [column, size] of Object.entries({ ...bytes, ...others }))
      t.equal(await read(`SELECT ${column} FROM d.t`), size, column)
  })
  await t.test('columns that are not named are not read, and a table twice is read once', async (t) => {
    t.equal(await read('SELECT COUNT(*) FROM d.t'), 0)
    t.equal(await read('SELECT text, number FROM d.t'), 48)
    t.equal(await read('SELECT a.text FROM d.t AS a JOIN d.t AS b ON a.number = b.number'), 48)
    t.equal(await read('SELECT text FROM d.t WHERE number > 7 OR number < 8'), 48)
    t.equal(await read('WITH all_of_it AS (SELECT * FROM d.t) SELECT text FROM all_of_it'), 24)
  })
  await t.test('partitions that a condition leaves out are not read', async (t) => {
    const days = `SELECT text FROM d.t WHERE day`
    const one = 8 + 8
    t.equal(await read(`${days} = DATE '${DAYS[0]}'`), one)
    t.equal(await read(`${days} = DATE '${DAYS[1]}'`), 8 * 2 + 8)
    t.equal(await read(`${days} IN (DATE '${DAYS[0]}', DATE '${DAYS[2]}')`), 2 * one)
    t.equal(await read(`${days} BETWEEN DATE '${DAYS[0]}' AND DATE '${DAYS[1]}'`), 24 + 16)
    t.equal(await read(`${days} BETWEEN DATE '${DAYS[0]}' AND DATE '${DAYS[2]}'`), 32 + 24, 'true of all')
    t.equal(await read(`${days} >= DATE(@day) AND number = 7`, { day: DAYS[2] }), one + 8)
    t.equal(await read(`SELECT text FROM d.t WHERE day < DATE '2025-01-01'`), 0)
    const either = `(day BETWEEN DATE '${DAYS[0]}' AND DATE '${DAYS[0]}' OR day BETWEEN DATE '${DAYS[2]}' AND DATE '${DAYS[2]}')`
    t.equal(await read(`SELECT text FROM d.t WHERE ${either}`), 2 * one)
    const outside = `(day < DATE '${DAYS[1]}' OR day >= DATE '${DAYS[2]}')`
    t.equal(await read(`SELECT text FROM d.t WHERE day >= DATE '2020-01-01' AND ${outside}`), 2 * one)
  })
  await t.test('a query that runs says so, too', async (t) => {
    const [job] = await bigquery.createQueryJob('SELECT text FROM d.t')
    await job.getQueryResults()
    const [metadata] = await job.getMetadata()
    t.match(metadata, { statistics: { totalBytesProcessed: '24', query: { totalBytesBilled: '10485760' } } })
    const answer = (await bigquery.query('SELECT number FROM d.t')) as unknown as [unknown, unknown, object]
    t.match(answer[2], { totalBytesProcessed: '24' })
  })
})

t.test(
  'a filter that compares structs is answered, of a table with partitions and of one without',
  async (t) => {
    const cloud = await startLocalCloud()
    t.teardown(() => cloud.close())
    const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
    await bigquery.createDataset('d')
    const made = 'AS SELECT n, CAST(n AS STRING) AS s, DATE "2026-01-01" AS day FROM UNNEST([1, 2, 3]) AS n'
    await bigquery.query(`CREATE TABLE d.plain ${made}`)
    await bigquery.query(`CREATE TABLE d.days PARTITION BY day ${made}`)
    for (const table of ['plain', 'days'])
      for (const where of [
        '(n, s) IN ((1, "1"), (2, "3"))',
        '(s, n) = ("1", 1)',
        '(day, n) IN ((DATE "2026-01-01", 1))',
      ]) {
        const [rows] = await bigquery.query(`SELECT n FROM d.${table} WHERE ${where}`)
        t.same(rows, [{ n: 1 }], `${table} ${where}`)
      }
  },
)

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { counting } from '../../src/bigquery/counting.ts'
import { openWarehouse } from '../../src/bigquery/bigquery-client.ts'
import { readRows } from '../../src/events/read-rows.ts'

const FIELDS = [{ name: 'a', type: 'STRING' }]
const JOB = { projectId: 'p', jobId: 'j', location: 'US' }

/** BigQuery whose pages have one row each, as of rows of some megabytes. */
async function pagesOfOne(rows: readonly string[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://x')
    asked.push(`${request.method} ${url.pathname.split('/').at(-1)}`)
    request.resume()
    const at = Number(url.searchParams.get('pageToken') ?? 0)
    const answer = {
      jobComplete: true,
      jobReference: JOB,
      schema: { fields: FIELDS },
      totalRows: String(rows.length),
      totalBytesProcessed: '7',
      rows: [{ f: [{ v: rows[at] }] }],
      ...(at + 1 < rows.length && { pageToken: String(at + 1) }),
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, url, close: () => new Promise((closed) => server.close(closed)) }
}

t.test('rows that fill more than a page of BigQuery are all read', async (t) => {
  const bigquery = await pagesOfOne(['one', 'two', 'three'])
  t.teardown(bigquery.close)
  process.env['BIGQUERY_EMULATOR_HOST'] = bigquery.url
  const { warehouse } = openWarehouse({ projectId: 'p', maxBytes: 1000 })
  const { rows, totalRows, bytesRead } = await warehouse.query({ sql: 'SELECT a' })
  t.same([rows.map(({ a }) => a), totalRows, bytesRead], [['one', 'two', 'three'], 3, 7])
  t.equal(bigquery.asked.length, 3)
  const two = await warehouse.query({ sql: 'SELECT a' }, 2)
  t.same(
    two.rows.map(({ a }) => a),
    ['one', 'two'],
  )
})

t.test(
  'rows that do not go into ten pages are an error, or told to who asks for what there is',
  async (t) => {
    const bigquery = await pagesOfOne(Array.from({ length: 12 }, (_, n) => String(n)))
    t.teardown(bigquery.close)
    process.env['BIGQUERY_EMULATOR_HOST'] = bigquery.url
    const { warehouse } = openWarehouse({ projectId: 'p', maxBytes: 1000 })
    await t.rejects(
      warehouse.query({ sql: 'SELECT a' }),
      /only 10 of 12 rows go into 10 pages of BigQuery's: SELECT a/,
    )
    const counted = counting(warehouse)
    const cut = await counted.warehouse.query({ sql: 'SELECT a', mayBeCut: true })
    t.same([cut.rows.length, cut.isCut, counted.isCut()], [10, true, true])
    t.equal((await warehouse.query({ sql: 'SELECT a' }, 10)).isCut, undefined, 'ten were wanted')
  },
)

t.test('of rows with one id that do not go into ten pages those are told that do', async (t) => {
  const bigquery = await pagesOfOne(Array.from({ length: 12 }, (_, n) => String(n)))
  t.teardown(bigquery.close)
  process.env['BIGQUERY_EMULATOR_HOST'] = bigquery.url
  const { warehouse, isCut } = counting(openWarehouse({ projectId: 'p', maxBytes: 1000 }).warehouse)
  const event = { table: 't', columns: [], eventId: 'e', fingerprint: null, source: undefined }
  const rows = await readRows({ warehouse, projectId: 'p', dataset: 'd' }, { ...event, days: ['2031-05-04'] })
  t.same(
    rows.map(({ row }) => row['a']),
    Array.from({ length: 10 }, (_, n) => String(n)),
  )
  t.ok(isCut())
})

t.test('a page holds what BigQuery gave at once, and tells how many rows there are', async (t) => {
  const bigquery = await pagesOfOne(['one', 'two'])
  t.teardown(bigquery.close)
  process.env['BIGQUERY_EMULATOR_HOST'] = bigquery.url
  const { warehouse } = openWarehouse({ projectId: 'p', maxBytes: 1000 })
  const { value } = await warehouse.pages({ sql: 'SELECT a' }, 1000).next()
  t.match(value, { rows: [{ a: 'one' }], totalRows: 2 })
  t.equal(bigquery.asked.length, 1)
})

import t from 'tap'
import { openWriter } from '../../open-writer.ts'

const FIELDS = [{ name: 'n', type: 'INTEGER', mode: 'REQUIRED' }]
const TABLE = 'projects/p/datasets/d/tables/t'

async function open(t: Parameters<typeof openWriter>[0]) {
  const { cloud, bigquery, dataset, client, ...opened } = await openWriter(t, FIELDS)
  const writerOf = async (stream: string, fields?: object[]) =>
    (await opened.writerOf({ stream }, fields)).writer
  const seen = async () => {
    const [rows] = (await bigquery.query('SELECT n FROM d.t ORDER BY n')) as unknown as [{ n: number }[]]
    return rows.map(({ n }) => n)
  }
  const create = (streamType: string) =>
    client.createWriteStream({ streamType: streamType as never, destinationTable: TABLE })
  const advance = (ms: number) => cloud.clock.advance(ms)
  return { dataset, client, api: client.getClient(), writerOf, seen, create, advance }
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ n: from + index }))

t.test('rows of a COMMITTED stream are there at once, each append at its offset', async (t) => {
  const { create, writerOf, seen, api } = await open(t)
  const name = await create('COMMITTED')
  const writer = await writerOf(name)
  const first = await writer.appendRows(numbers(0, 3), 0).getResult()
  t.match(first, { appendResult: { offset: { value: '0' } }, writeStream: name })
  t.match(await writer.appendRows(numbers(3, 5)).getResult(), { appendResult: { offset: { value: '3' } } })
  t.same(await seen(), [0, 1, 2, 3, 4])
  const [stream] = await api.getWriteStream({ name })
  t.match(stream, { name, type: 'COMMITTED', writeMode: 'INSERT', location: 'us' })
  t.same(stream.commitTime, stream.createTime)
})

t.test('the schema of a stream tells what the types allow', async (t) => {
  const { api, dataset } = await open(t)
  const schema = [
    { name: 's', type: 'STRING', maxLength: '3', description: 'a code', defaultValueExpression: "'a'" },
    { name: 'n', type: 'NUMERIC', precision: '5', scale: '2' },
    { name: 'at', type: 'TIMESTAMP', timestampPrecision: '12' },
    { name: 'r', type: 'RANGE', rangeElementType: { type: 'DATE' } },
    { name: 'free', type: 'STRING' },
  ]
  await dataset.createTable('limited', { schema })
  const name = 'projects/p/datasets/d/tables/limited/streams/_default'
  const [{ tableSchema }] = await api.getWriteStream({ name, view: 'FULL' })
  t.match(tableSchema?.fields, [
    { maxLength: '3', precision: '0', description: 'a code', defaultValueExpression: "'a'" },
    { type: 'NUMERIC', maxLength: '0', precision: '5', scale: '2' },
    { timestampPrecision: { value: '12' } },
    { rangeElementType: { type: 'DATE' } },
    { name: 'free', maxLength: '0' },
  ])
})

t.test('an offset that is written is ALREADY_EXISTS, one beyond the end OUT_OF_RANGE', async (t) => {
  const { create, writerOf, seen } = await open(t)
  const writer = await writerOf(await create('COMMITTED'))
  await writer.appendRows(numbers(0, 3), 0).getResult()
  const again = await writer.appendRows(numbers(0, 3), 0).getResult()
  t.match(again.error, {
    code: 6,
    message: /^The offset is within stream, expected offset 3, received 0/,
    details: [{ type_url: /StorageError$/ }],
  })
  const beyond = await writer.appendRows(numbers(9, 10), 9).getResult()
  t.match(beyond.error, { code: 11, message: /^The offset is beyond stream, expected offset 3, received 9/ })
  t.match(await writer.appendRows(numbers(3, 4), 3).getResult(), { appendResult: { offset: { value: '3' } } })
  t.same(await seen(), [0, 1, 2, 3])
})

t.test(
  'a PENDING stream is committed within a day, and four hours after its end, or it is gone',
  async (t) => {
    const HOUR = 3_600_000
    const { api, create, writerOf, seen, advance } = await open(t)
    const [open_, ended, committed] = [
      await create('PENDING'),
      await create('PENDING'),
      await create('PENDING'),
    ]
    for (const [index, name] of [open_, ended, committed].entries())
      await (await writerOf(name)).appendRows(numbers(index, index + 1), 0).getResult()
    for (const name of [ended, committed]) await api.finalizeWriteStream({ name })
    await advance(4 * HOUR - 60_000)
    await api.batchCommitWriteStreams({ parent: TABLE, writeStreams: [committed] })
    await advance(60_000)
    await t.rejects(api.getWriteStream({ name: ended }), { code: 5 })
    t.match((await api.batchCommitWriteStreams({ parent: TABLE, writeStreams: [ended] }))[0], {
      commitTime: null,
      streamErrors: [{ code: 'STREAM_NOT_FOUND' }],
    })
    t.notOk((await (await writerOf(open_)).appendRows(numbers(7, 8), 1).getResult()).error)
    await advance(20 * HOUR)
    await t.rejects(api.getWriteStream({ name: open_ }), { code: 5 })
    t.ok((await api.getWriteStream({ name: committed }))[0].commitTime)
    t.same(await seen(), [2])
  },
)

t.test('rows of PENDING streams are there when all of them are committed, or none is', async (t) => {
  const { create, writerOf, seen, client, api } = await open(t)
  const [a, b] = [await create('PENDING'), await create('PENDING')]
  const writer = await writerOf(a)
  await writer.appendRows(numbers(0, 2), 0).getResult()
  await writer.appendRows(numbers(2, 4), 2).getResult()
  await (await writerOf(b)).appendRows(numbers(10, 12)).getResult()
  t.same(await seen(), [])
  const commit = (writeStreams: string[]) =>
    client.batchCommitWriteStream({ parent: TABLE, writeStreams }).then(({ streamErrors, commitTime }) => ({
      codes: streamErrors?.map(({ code, entity }) => [code, entity]),
      isCommitted: !!commitTime,
    }))
  t.match((await api.finalizeWriteStream({ name: a }))[0], { rowCount: '4' })
  t.same(await commit([a, b]), { codes: [['INVALID_STREAM_STATE', b]], isCommitted: false })
  t.same(await seen(), [], 'nothing of the other')
  await api.finalizeWriteStream({ name: b })
  t.same(await commit([a, b]), { codes: [], isCommitted: true })
  t.same(await seen(), [0, 1, 2, 3, 10, 11])
  t.same(await commit([a]), { codes: [['STREAM_ALREADY_COMMITTED', a]], isCommitted: false })
  t.same(await commit([`${TABLE}/streams/nobody`]), {
    codes: [['STREAM_NOT_FOUND', `${TABLE}/streams/nobody`]],
    isCommitted: false,
  })
  t.ok((await api.getWriteStream({ name: a }))[0].commitTime)
  t.same(await seen(), [0, 1, 2, 3, 10, 11])
})

t.test('rows of a BUFFERED stream are there up to the offset that was flushed, each once', async (t) => {
  const { create, writerOf, seen, api } = await open(t)
  const name = await create('BUFFERED')
  const writer = await writerOf(name)
  await writer.appendRows(numbers(0, 5), 0).getResult()
  const flush = async (offset: number) =>
    Number((await api.flushRows({ writeStream: name, offset: { value: offset } }))[0].offset)
  t.equal(await flush(1), 1)
  t.same(await seen(), [0, 1])
  t.equal(await flush(1), 1)
  t.same(await seen(), [0, 1], 'each once')
  await t.rejects(flush(5), { code: 11 })
  await writer.appendRows(numbers(5, 7), 5).getResult()
  await api.finalizeWriteStream({ name })
  t.equal(await flush(6), 6)
  t.same(await seen(), [0, 1, 2, 3, 4, 5, 6])
  const pending = await create('PENDING')
  await t.rejects(api.flushRows({ writeStream: pending, offset: { value: 0 } }), { code: 3 })
})

t.test('rows of hundreds of columns come whole out of PENDING and BUFFERED streams', async (t) => {
  const fields = Array.from({ length: 450 }, (_, n) => ({
    name: `c${n}`,
    type: n % 2 === 0 ? 'INTEGER' : 'STRING',
  }))
  const { bigquery, client, writerOf } = await openWriter(t, fields)
  // more than one statement takes
  const rows = Array.from({ length: 500 }, (_, row) => ({
    c0: row,
    c1: `"}, {"c3": "no"}\n${row}`,
    c448: row * 2,
    ...(row % 2 === 0 && { c449: 'last' }),
  }))
  const seen = async () => {
    const [found] = await bigquery.query('SELECT c0, c1, c448, c449, c3 FROM d.t ORDER BY c0')
    return found as unknown[]
  }
  const expected = rows.map(({ c0, c1, c448, c449 }) => ({ c0, c1, c448, c449: c449 ?? null, c3: null }))
  const create = (streamType: string) =>
    client.createWriteStream({ streamType: streamType as never, destinationTable: TABLE })
  const buffered = await create('BUFFERED')
  const pending = await create('PENDING')
  const api = client.getClient()
  const { writer } = await writerOf({ stream: buffered })
  await writer.appendRows(rows.slice(0, 10), 0).getResult()
  await api.flushRows({ writeStream: buffered, offset: { value: 3 } })
  t.same(await seen(), expected.slice(0, 4))
  await api.flushRows({ writeStream: buffered, offset: { value: 9 } })
  const other = await writerOf({ stream: pending })
  await other.writer.appendRows(rows.slice(10), 0).getResult()
  await api.finalizeWriteStream({ name: pending })
  await client.batchCommitWriteStream({ parent: TABLE, writeStreams: [pending] })
  t.same(await seen(), expected)
})

t.test('a finalized stream takes no more rows', async (t) => {
  const { create, writerOf, api, seen } = await open(t)
  const name = await create('COMMITTED')
  const writer = await writerOf(name)
  await writer.appendRows(numbers(0, 1)).getResult()
  t.match((await api.finalizeWriteStream({ name }))[0], { rowCount: '1' })
  await t.rejects(writer.appendRows(numbers(1, 2)).getResult(), { code: 3, message: /finalized/ })
  t.same(await seen(), [0])
})

t.test('rows that wait get the columns that came meanwhile', async (t) => {
  const { create, writerOf, dataset, api, client } = await open(t)
  const name = await create('PENDING')
  await (await writerOf(name)).appendRows(numbers(0, 1)).getResult()
  const wider = [...FIELDS, { name: 'more', type: 'STRING', mode: 'NULLABLE' }]
  await dataset.table('t').setMetadata({ schema: { fields: wider } })
  await (await writerOf(name, wider)).appendRows([{ n: 1, more: 'x' }], 1).getResult()
  await api.finalizeWriteStream({ name })
  await client.batchCommitWriteStream({ parent: TABLE, writeStreams: [name] })
  const [rows] = await dataset.query('SELECT n, more FROM d.t ORDER BY n')
  t.same(rows, [
    { n: 0, more: null },
    { n: 1, more: 'x' },
  ])
})

t.test(
  'what cannot be: a stream of no type, of no table, of a table that went, an offset on the default one',
  async (t) => {
    const { create, writerOf, api, dataset, client } = await open(t)
    await t.rejects(api.createWriteStream({ parent: TABLE, writeStream: {} }), { code: 3 })
    const missing = 'projects/p/datasets/d/tables/missing'
    await t.rejects(api.createWriteStream({ parent: missing, writeStream: { type: 'PENDING' } }), {
      code: 7,
    })
    await t.rejects(api.finalizeWriteStream({ name: `${TABLE}/streams/_default` }), { code: 3 })
    const writer = await writerOf(`${TABLE}/streams/_default`)
    await t.rejects(writer.appendRows(numbers(0, 1), 0).getResult(), { code: 3, message: /offset/ })
    const name = await create('PENDING')
    const elsewhere = await client
      .batchCommitWriteStream({ parent: missing, writeStreams: [name] })
      .catch((error: unknown) => error)
    t.match(elsewhere, { code: 3 })
    await dataset.table('t').delete()
    await dataset.createTable('t', { schema: { fields: FIELDS } })
    await t.rejects(api.getWriteStream({ name }), { code: 5 })
  },
)

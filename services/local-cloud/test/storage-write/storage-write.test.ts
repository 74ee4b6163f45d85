import { setTimeout as sleep } from 'node:timers/promises'
import type bigqueryStorage from '@google-cloud/bigquery-storage'
import type { Dataset } from '@google-cloud/bigquery'
import t from 'tap'
import { openWriter } from '../open-writer.ts'

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER', mode: 'NULLABLE' },
  { name: 'x', type: 'FLOAT', mode: 'NULLABLE' },
  { name: 'b', type: 'BOOLEAN', mode: 'NULLABLE' },
  { name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE' },
  { name: 'day', type: 'DATE', mode: 'NULLABLE' },
  { name: 'j', type: 'JSON', mode: 'NULLABLE' },
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [{ name: 'sku', type: 'STRING', mode: 'NULLABLE' }],
  },
]

const open = (t: Parameters<typeof openWriter>[0]) => openWriter(t, FIELDS)

const rowsOf = async (dataset: Dataset) =>
  (await dataset.query('SELECT * FROM d.t ORDER BY id'))[0] as Record<string, unknown>[]

t.test('Google’s own writer lands rows on the default stream', async (t) => {
  const { writerOf, dataset } = await open(t)
  const { writer } = await writerOf({ table: 't' })
  const result = await writer
    .appendRows([
      {
        id: 'a',
        n: 5,
        x: 1.5,
        b: true,
        at: new Date('2026-01-02T03:04:05.678Z'),
        day: new Date('2026-01-02'),
        j: '{"k":[1]}',
        items: [{ sku: 's' }],
      },
      { id: 'b' },
    ])
    .getResult()
  t.notOk(result.error)
  const rows = await rowsOf(dataset)
  t.match(rows[0], { id: 'a', n: 5, x: 1.5, b: true, j: '{"k":[1]}', items: [{ sku: 's' }] })
  t.match(rows[0]!['at'], { value: '2026-01-02T03:04:05.678Z' })
  t.match(rows[0]!['day'], { value: '2026-01-02' })
  t.match(rows[1], { id: 'b', n: null, items: [] })
})

t.test('a row that breaks a rule is told by its index, and nothing of its request lands', async (t) => {
  const { writerOf, dataset } = await open(t)
  const { writer } = await writerOf({ table: 't' })
  const result = await writer.appendRows([{ id: 'a' }, { n: 1 }, { id: 'c', j: '{broken' }]).getResult()
  t.match(result.error, { message: /^Errors found while processing rows\./ })
  t.same(
    result.rowErrors?.map(({ index, message }) => [Number(index), message]),
    [
      [1, 'Missing required field: id.'],
      [2, result.rowErrors?.[1]?.message],
    ],
  )
  t.match(result.rowErrors?.[1]?.message, /Invalid JSON in field j/)
  t.same(await rowsOf(dataset), [])
})

t.test('an empty request is told so', async (t) => {
  const { writerOf } = await open(t)
  const { writer } = await writerOf({ table: 't' })
  t.match((await writer.appendRows([]).getResult()).error, { message: 'Rows must be specified.' })
})

t.test('a request that is too large is told so, and its connection goes on', async (t) => {
  const { writerOf, dataset } = await open(t)
  const { writer } = await writerOf({ table: 't' })
  const large = await writer
    .appendRows(Array.from({ length: 11 }, () => ({ id: 'x'.repeat(1 << 20) })))
    .getResult()
  t.match(large.error, { code: 3, message: /^AppendRows request too large: 11\d+ limit 10485760/ })
  t.notOk((await writer.appendRows([{ id: 'small' }]).getResult()).error)
  t.match(await rowsOf(dataset), [{ id: 'small' }])
})

t.test('a schema with a field that the table lacks ends the stream', async (t) => {
  const { writerOf } = await open(t)
  const { writer } = await writerOf({ table: 't' }, [
    ...FIELDS,
    { name: 'extra', type: 'STRING', mode: 'NULLABLE' },
  ])
  await t.rejects(writer.appendRows([{ id: 'a', extra: 'x' }]).getResult(), {
    code: 3,
    message: /extra fields: 'root\.extra'/,
  })
})

t.test(
  'a table that never was is hidden: nobody is told whether it is there or not theirs to see',
  async (t) => {
    const { client, writerOf } = await open(t)
    const { writer } = await writerOf({ table: 'nope' })
    const hidden = {
      code: 7,
      message:
        /Permission 'TABLES_GET' denied on resource 'projects\/p\/datasets\/d\/tables\/nope' \(or it may not exist\)\./,
    }
    await t.rejects(writer.appendRows([{ id: 'a' }]).getResult(), hidden)
    await t.rejects(
      client.getWriteStream({ streamId: 'projects/p/datasets/d/tables/nope/streams/_default' }),
      hidden,
    )
    await t.rejects(
      client.getWriteStream({ streamId: 'projects/p/datasets/nope/tables/t/streams/_default' }),
      { code: 7 },
      'so is a dataset',
    )
  },
)

t.test('a table just dropped is not found', async (t) => {
  const { client, writerOf, dataset } = await open(t)
  await dataset.table('t').delete()
  const { writer } = await writerOf({ table: 't' })
  const gone = { code: 5, message: /Requested entity was not found/ }
  await t.rejects(writer.appendRows([{ id: 'a' }]).getResult(), gone)
  await t.rejects(
    client.getWriteStream({ streamId: 'projects/p/datasets/d/tables/t/streams/_default' }),
    gone,
  )
})

t.test('a connection is told of new columns once', async (t) => {
  const { writerOf, dataset } = await open(t)
  const { writer, connection } = await writerOf({ table: 't' })
  let told = 0
  connection.on('schemaUpdated', () => told++)
  await writer.appendRows([{ id: 'a' }]).getResult()
  await dataset.table('t').setMetadata({ schema: { fields: [...FIELDS, { name: 'late', type: 'STRING' }] } })
  const result = await writer.appendRows([{ id: 'b' }]).getResult()
  t.match(result.updatedSchema?.fields?.at(-1), { name: 'late' })
  await sleep(50)
  await writer.appendRows([{ id: 'c', late: 'x' }]).getResult()
  t.equal(told, 1)
  t.match((await rowsOf(dataset)).at(-1), { id: 'c', late: 'x' })
})

t.test('two tables share a connection, and each is told of its own columns only', async (t) => {
  const { client, dataset } = await open(t)
  const fields = [{ name: 'id', type: 'STRING' }]
  await dataset.createTable('other', { schema: { fields } })
  // the generated client under Google's writer, which cannot change its table
  const raw = (
    client as unknown as { getClient(): InstanceType<typeof bigqueryStorage.v1.BigQueryWriteClient> }
  ).getClient()
  const protoDescriptor = { name: 'Row', field: [{ name: 'id', number: 1, label: 1, type: 9 }] }
  const call = raw.appendRows()
  const answers: object[] = []
  call.on('data', (answer: object) => answers.push(answer))
  const done = new Promise((resolve, reject) => call.on('end', resolve).on('error', reject))
  for (const table of ['t', 'other', 't', 'other']) {
    call.write({
      writeStream: `projects/p/datasets/d/tables/${table}/streams/_default`,
      protoRows: { writerSchema: { protoDescriptor }, rows: { serializedRows: [Buffer.from([10, 1, 97])] } },
    })
  }
  call.end()
  await done
  t.equal(answers.length, 4)
  for (const answer of answers) t.match(answer, { error: null, updatedSchema: null })
  t.match(await rowsOf(dataset), [{ id: 'a' }, { id: 'a' }])
})

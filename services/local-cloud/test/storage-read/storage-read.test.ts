import bigqueryStorage, { BigQueryReadClient } from '@google-cloud/bigquery-storage'
import { BigQuery } from '@google-cloud/bigquery'
import * as grpc from '@grpc/grpc-js'
import { tableFromIPC } from 'apache-arrow'
import avro from 'avsc'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'

const { reader } = bigqueryStorage

const FIELDS = [
  { name: 'n', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'text', type: 'STRING' },
  { name: 'x', type: 'FLOAT' },
  { name: 'is', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'local', type: 'DATETIME' },
  { name: 'day', type: 'DATE' },
  { name: 'hour', type: 'TIME' },
  { name: 'price', type: 'NUMERIC' },
  { name: 'big', type: 'BIGNUMERIC' },
  { name: 'raw', type: 'BYTES' },
  { name: 'j', type: 'JSON' },
  { name: 'list', type: 'INTEGER', mode: 'REPEATED' },
  { name: 'items', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'sku', type: 'STRING' }] },
  { name: 'inner', type: 'RECORD', fields: [{ name: 'a', type: 'INTEGER' }] },
]
const FULL = {
  n: 1,
  text: 'Ж',
  x: 1.5,
  is: true,
  at: '2020-04-27T18:07:25.356001Z',
  local: '2020-04-27T18:07:25.000002',
  day: '1969-12-31',
  hour: '01:02:03.000004',
  price: '-1.000000001',
  big: '-0.00000000000000000000000000000000000001',
  raw: Buffer.from([0, 255]).toString('base64'),
  j: '{"a":1}',
  list: [1, 2],
  items: [{ sku: 's' }, {}],
  inner: { a: 7 },
}
const TABLE = 'projects/p/datasets/d/tables/t'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const options = {
    projectId: 'p',
    apiEndpoint: '127.0.0.1',
    port: cloud.storageWritePort,
    sslCreds: grpc.credentials.createInsecure(),
  }
  const client = new BigQueryReadClient(options)
  t.teardown(async () => {
    await client.close()
    await cloud.close()
  })
  const session = async (dataFormat: 'ARROW' | 'AVRO', readOptions: object = {}, maxStreamCount = 0) => {
    const readSession = { table: TABLE, dataFormat, readOptions }
    return (await client.createReadSession({ parent: 'projects/p', readSession, maxStreamCount }))[0]
  }
  const responses = async (readStream: string, offset = 0) => {
    const all: Response[] = []
    for await (const response of client.readRows({ readStream, offset })) all.push(response as Response)
    return all
  }
  return { bigquery, dataset, client, options, session, responses }
}

interface Response {
  readonly rowCount: string
  readonly arrowRecordBatch?: { readonly serializedRecordBatch: Buffer }
  readonly avroRows?: { readonly serializedBinaryRows: Buffer }
}

const numbersOf = (schema: Buffer, responses: readonly Response[]) =>
  responses.flatMap(({ arrowRecordBatch }) => {
    const table = tableFromIPC(Buffer.concat([schema, arrowRecordBatch!.serializedRecordBatch]))
    return [...(table.getChild('n')! as Iterable<bigint>)].map(Number)
  })

t.test('a table is read as Arrow with every type, empty lists and NULLs', async (t) => {
  const { dataset, session, responses } = await open(t)
  const [made] = await dataset.createTable('t', { schema: { fields: FIELDS } })
  await made.insert([FULL, { n: 2 }])
  const { arrowSchema, streams, estimatedRowCount, ...about } = await session('ARROW')
  t.match(about.name, /^projects\/p\/locations\/us\/sessions\//)
  t.equal(String(estimatedRowCount), '2')
  const schema = arrowSchema!.serializedSchema as Buffer
  const [response] = await responses(streams![0]!.name!)
  const table = tableFromIPC(Buffer.concat([schema, response!.arrowRecordBatch!.serializedRecordBatch]))
  t.match(
    table.schema.fields.map(({ name, type, nullable }) => `${name} ${String(type)} ${nullable}`),
    [
      'n Int64 false',
      'text Utf8 true',
      'x Float64 true',
      'is Bool true',
      'at Timestamp<MICROSECOND, UTC> true',
      'local Timestamp<MICROSECOND> true',
      'day Date32<DAY> true',
      'hour Time64<MICROSECOND> true',
      'price Decimal[38e+9] true',
      'big Decimal[76e+38] true',
      'raw Binary true',
      'j Utf8 true',
      'list List<Int64> false',
      'items List<Struct<{sku:Utf8}>> false',
      'inner Struct<{a:Int64}> true',
    ],
  )
  const dataOf = (name: string) => table.getChild(name)!.data[0]!
  t.same([...(table.getChild('n')! as Iterable<bigint>)], [1n, 2n])
  t.same([...(table.getChild('text')! as Iterable<string>)], ['Ж', null])
  t.same([...(table.getChild('is')! as Iterable<boolean>)], [true, null])
  t.equal((dataOf('at').values as BigInt64Array)[0], 1588010845356001n)
  t.equal((dataOf('local').values as BigInt64Array)[0], 1588010845000002n)
  t.equal((dataOf('day').values as Int32Array)[0], -1)
  t.equal((dataOf('hour').values as BigInt64Array)[0], 3723000004n)
  t.same(Array.from((dataOf('price').values as Uint32Array).slice(0, 4)), [
    0xc4653600 - 1,
    0xffffffff,
    0xffffffff,
    0xffffffff,
  ])
  t.same(Array.from((dataOf('big').values as Uint32Array).slice(0, 8)), Array<number>(8).fill(0xffffffff))
  t.same(
    JSON.parse(
      JSON.stringify(
        [...(table.getChild('list')! as Iterable<{ toArray(): bigint[] }>)].map((list) =>
          [...list.toArray()].map(Number),
        ),
      ),
    ),
    [[1, 2], []],
  )
  t.same(JSON.parse(JSON.stringify(table.getChild('items')!.get(0))), [{ sku: 's' }, { sku: null }])
  t.equal(table.getChild('inner')!.get(1), null)
})

t.test('a table is read as Avro', async (t) => {
  const { dataset, session, responses } = await open(t)
  const fields = FIELDS.filter(({ name }) => ['n', 'text', 'at', 'list', 'inner'].includes(name))
  const [made] = await dataset.createTable('t', { schema: { fields } })
  await made.insert([{ n: 1, text: 'a', at: FULL.at, list: [1], inner: { a: 7 } }, { n: 2 }])
  const { avroSchema, streams } = await session('AVRO')
  const type = avro.Type.forSchema(JSON.parse(avroSchema!.schema!) as avro.Schema)
  const [response] = await responses(streams![0]!.name!)
  const bytes = response!.avroRows!.serializedBinaryRows
  const first = type.decode(bytes, 0)
  const second = type.decode(bytes, first.offset)
  t.same(JSON.parse(JSON.stringify([first.value, second.value])), [
    { n: 1, text: 'a', at: 1588010845356001, list: [1], inner: { a: 7 } },
    { n: 2, text: null, at: null, list: [], inner: null },
  ])
  t.equal(second.offset, bytes.length)
})

t.test(
  'selected fields, a row restriction, several streams, offsets, a split: each row once, as the table was',
  async (t) => {
    const { bigquery, dataset, session, responses, client } = await open(t)
    await dataset.createTable('t', { schema: { fields: FIELDS } })
    await bigquery.query(
      'INSERT INTO d.t (n, text) SELECT n, "x" FROM UNNEST(GENERATE_ARRAY(1, 120000)) AS n',
    )
    const { arrowSchema, streams } = await session(
      'ARROW',
      { selectedFields: ['N'], rowRestriction: 'n > 20000 -- not all' },
      2,
    )
    await bigquery.query('DELETE FROM d.t WHERE TRUE')
    const schema = arrowSchema!.serializedSchema as Buffer
    t.same(
      tableFromIPC(schema).schema.fields.map(({ name }) => name),
      ['n'],
    )
    t.equal(streams!.length, 2)
    const all: number[] = []
    for (const { name } of streams!) all.push(...numbersOf(schema, await responses(name!)))
    t.same(
      all.toSorted((a, b) => a - b),
      Array.from({ length: 100_000 }, (_, index) => 20_001 + index),
    )
    const name = streams![0]!.name!
    const whole = numbersOf(schema, await responses(name))
    t.same(numbersOf(schema, await responses(name, 49_990)), whole.slice(49_990))
    const [{ primaryStream, remainderStream }] = await client.splitReadStream({ name, fraction: 0.3 })
    const primary = numbersOf(schema, await responses(primaryStream!.name!))
    t.equal(primary.length, 15_000)
    t.same([...primary, ...numbersOf(schema, await responses(remainderStream!.name!))], whole)
  },
)

t.test('what a query gave is read so, too, and stays where its job goes', async (t) => {
  const { bigquery, client } = await open(t)
  const [job] = await bigquery.createQueryJob(
    `SELECT n, CONCAT('row ', CAST(n AS STRING)) AS text, NUMERIC '1.5' AS price, SUM(n) OVER () AS total,
       [STRUCT(n AS a, 'x' AS b)] AS list, STRUCT(n, 'y') AS inner_pair
     FROM UNNEST(GENERATE_ARRAY(1, 60000)) AS n ORDER BY n`,
  )
  await job.promise()
  const [{ configuration }] = await job.getMetadata()
  const { projectId, datasetId, tableId } = configuration.query.destinationTable
  const table = `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`
  const create = async (dataFormat: 'ARROW' | 'AVRO', readOptions: object = {}) => {
    const readSession = { table, dataFormat, readOptions }
    return (await client.createReadSession({ parent: 'projects/p', readSession, maxStreamCount: 1 }))[0]
  }
  const [arrow, avroSession] = [
    await create('ARROW', { selectedFields: ['n', 'list'] }),
    await create('AVRO'),
  ]
  const all = await create('ARROW')
  await t.rejects(create('ARROW', { rowRestriction: 'n = 1' }), { code: 12, message: /row_restriction/ })
  await job.delete()
  await t.rejects(create('ARROW'), { code: 5 })

  const read = async (name: string) => {
    const responses: Response[] = []
    for await (const response of client.readRows({ readStream: name })) responses.push(response as Response)
    return responses
  }
  const schema = arrow.arrowSchema!.serializedSchema as Buffer
  t.same(
    tableFromIPC(schema).schema.fields.map(({ name }) => name),
    ['n', 'list'],
  )
  t.same(
    numbersOf(schema, await read(arrow.streams![0]!.name!)),
    Array.from({ length: 60_000 }, (_, index) => index + 1),
  )
  const [first] = await read(all.streams![0]!.name!)
  const whole = tableFromIPC(
    Buffer.concat([
      all.arrowSchema!.serializedSchema as Buffer,
      first!.arrowRecordBatch!.serializedRecordBatch,
    ]),
  )
  const row = JSON.stringify(whole.get(0), (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
  t.match(JSON.parse(row), { n: 1, text: 'row 1', total: 1_800_030_000, list: [{ a: 1, b: 'x' }] })
  t.equal(String(whole.getChild('price')!.get(0)), '1500000000')
  const [{ avroRows }] = (await read(avroSession.streams![0]!.name!)) as [Response]
  const type = avro.Type.forSchema(JSON.parse(avroSession.avroSchema!.schema!) as avro.Schema, {
    registry: {},
  })
  t.ok(type.decode(avroRows!.serializedBinaryRows, 0).offset > 0)
})

t.test('what cannot be read is told', async (t) => {
  const { dataset, session, client, responses } = await open(t)
  await dataset.createTable('t', { schema: { fields: FIELDS } })
  t.same((await session('ARROW')).streams, [], 'an empty table has no stream')
  await t.rejects(session('ARROW', { selectedFields: ['nobody'] }), {
    code: 3,
    message: /The following selected fields do not exist in the table schema: nobody/,
  })
  await t.rejects(session('ARROW', { rowRestriction: 'nobody = 1' }), { code: 3 })
  await t.rejects(session('ARROW', { rowRestriction: 'TRUE) UNION ALL (SELECT 1' }), { code: 3 })
  const readSession = { table: `${TABLE}_missing`, dataFormat: 'ARROW' as const }
  await t.rejects(client.createReadSession({ parent: 'projects/p', readSession }), { code: 5 })
  await t.rejects(responses('projects/p/locations/us/sessions/x/streams/y'), { code: 5 })
})

t.test('Google’s own reader gives rows', async (t) => {
  const { dataset, options } = await open(t)
  const [made] = await dataset.createTable('t', { schema: { fields: FIELDS } })
  await made.insert([{ n: 1, list: [3] }])
  const client = new reader.ReadClient(options)
  const tableReader = await client.createTableReader({
    table: { projectId: 'p', datasetId: 'd', tableId: 't' },
  })
  const [rows] = await tableReader.getRows({ selectedFields: 'n,list' })
  t.match(rows, [{ f: [{ v: 1n }, { v: [{ v: 3n }] }] }])
  tableReader.close()
  client.close()
})

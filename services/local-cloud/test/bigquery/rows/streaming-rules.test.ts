import bigqueryStorage from '@google-cloud/bigquery-storage'
import { BigQuery } from '@google-cloud/bigquery'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

const { managedwriter, adapt } = bigqueryStorage
const NOW = Date.parse('2026-06-15T12:00:00Z')
const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'NULLABLE' },
  { name: 'day', type: 'DATE', mode: 'NULLABLE' },
]
const OUTSIDE = /outside the allowed bounds.*3650 days in the past and 366 days in the future/
const dateAt = (days: number) => new Date(NOW + days * 86_400_000)
const dayAt = (days: number) => dateAt(days).toISOString().slice(0, 10)

t.test('rows that are streamed', { timeout: 480_000 }, async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud({ now: () => NOW })
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const timePartitioning = { type: 'DAY', field: 'day' }
  for (const name of ['t', 'u'])
    await dataset.createTable(name, { schema: { fields: FIELDS }, timePartitioning })
  const options = {
    projectId: 'p',
    apiEndpoint: '127.0.0.1',
    port: cloud.storageWritePort,
    sslCreds: grpc.credentials.createInsecure(),
  }
  const storage = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: FIELDS })
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(storage, 'root')
  t.teardown(() => cloud.close())

  await t.test('are for days from ten years back to a year ahead, by insertAll', async (t) => {
    const table = dataset.table('t')
    await table.insert([{ day: dayAt(-3650) }, { day: dayAt(366) }, { day: null }])
    for (const days of [-3651, 367])
      await t.rejects(table.insert([{ day: dayAt(days) }]), {
        errors: [{ errors: [{ reason: 'invalid', message: OUTSIDE }] }],
      })
  })

  await t.test('… and by the Storage Write API, where the others are errors of their rows', async (t) => {
    const client = new managedwriter.WriterClient(options)
    t.teardown(() => client.close())
    const connection = await client.createStreamConnection({
      streamId: managedwriter.DefaultStream,
      destinationTable: 'projects/p/datasets/d/tables/t',
    })
    const writer = new managedwriter.JSONWriter({ connection, protoDescriptor })
    const good = await writer.appendRows([{ day: dateAt(-3650) }, { day: dateAt(366) }, {}]).getResult()
    t.notOk(good.error)
    const rows = [{ day: dateAt(0) }, { day: dateAt(-3651) }, { day: dateAt(367) }]
    const { rowErrors } = await writer.appendRows(rows).getResult()
    t.match(rowErrors, [
      { index: '1', message: OUTSIDE },
      { index: '2', message: OUTSIDE },
    ])
    const [counts] = await bigquery.query('SELECT COUNT(*) AS n FROM d.t')
    t.same(counts, [{ n: 6 }])
  })

  await t.test(
    'another destination brings its schema, and each request names its own from then on',
    async (t) => {
      const client = new managedwriter.WriterClient(options)
      // the generated client under Google's writer, which brings everything with each request
      const raw = (
        client as unknown as { getClient(): InstanceType<typeof bigqueryStorage.v1.BigQueryWriteClient> }
      ).getClient()
      t.teardown(() => client.close())
      const stream = (table: string) => `projects/p/datasets/d/tables/${table}/streams/_default`
      const rows = { serializedRows: [Buffer.from([10, 1, 97])] }
      const row = { name: 'Row', field: [{ name: 'id', number: 1, label: 1, type: 9 }] }
      const schema = { writerSchema: { protoDescriptor: row } }
      /** What the requests of one connection are answered: the last answer, or the error that ended it. */
      const send = (requests: object[]) =>
        new Promise<{ readonly code?: number; readonly details?: string }>((resolve) => {
          const call = raw.appendRows()
          let last = {}
          call.on('data', (answer: object) => {
            last = answer
          })
          call.on('error', (error: Error) => resolve(error as { code?: number }))
          call.on('end', () => resolve(last))
          for (const request of requests) call.write(request)
          call.end()
        })
      const first = { writeStream: stream('t'), protoRows: { ...schema, rows } }
      const invalid = (details: RegExp) => ({ code: 3, details })
      t.match(await send([first, { protoRows: { rows } }]), { appendResult: {} })
      t.match(
        await send([first, { writeStream: stream('u'), protoRows: { rows } }]),
        invalid(/brings its writer_schema/),
      )
      const other = { writeStream: stream('u'), protoRows: { ...schema, rows } }
      t.match(await send([first, other]), { writeStream: stream('u') })
      t.match(await send([first, other, { protoRows: { rows } }]), invalid(/names its write_stream/))
      t.match(await send([first, other, first]), { writeStream: stream('t') })
    },
  )
})

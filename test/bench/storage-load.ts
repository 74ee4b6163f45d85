// Rows of `--local-cloud`: Google's client of the Storage Write API, with requests that are made once.
import { BigQuery } from '@google-cloud/bigquery'
import bigqueryStorage, { v1 } from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'
import protobuf from 'protobufjs'

const { adapt } = bigqueryStorage
const ROWS = 500
const IN_FLIGHT = 8
const FIELDS = [
  { name: 'order_id', type: 'STRING' },
  { name: 'customer_id', type: 'STRING' },
  { name: 'status', type: 'STRING' },
  { name: 'currency', type: 'STRING' },
  { name: 'quantity', type: 'INTEGER' },
  { name: 'total_amount', type: 'FLOAT' },
  { name: 'is_gift', type: 'BOOLEAN' },
  { name: 'created', type: 'TIMESTAMP' },
]
const PLAIN = {
  order_id: 'order-0123456789',
  customer_id: 'customer-0123456789',
  status: 'delivered',
  currency: 'EUR',
  quantity: 3,
  total_amount: 129.95,
  is_gift: true,
  created: 1_790_000_000_000_000,
}

/** Appends rows to a new table over one connection. @returns how many were there when it was time */
export async function appendRows(port: number, seconds: number): Promise<number> {
  const bigquery = new BigQuery({ projectId: 'bench', apiEndpoint: `http://127.0.0.1:${port}` })
  const datasetId = `d${Date.now()}`
  await bigquery.dataset(datasetId).create()
  await bigquery
    .dataset(datasetId)
    .table('orders')
    .create({ schema: { fields: FIELDS } })
  const table = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: FIELDS })
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(table, 'root')
  const sslCreds = grpc.credentials.createInsecure()
  const client = new v1.BigQueryWriteClient({ projectId: 'bench', apiEndpoint: '127.0.0.1', port, sslCreds })
  const call = client.appendRows()
  const row = rowBytes()
  const request = {
    writeStream: `projects/bench/datasets/${datasetId}/tables/orders/streams/_default`,
    protoRows: {
      writerSchema: { protoDescriptor },
      rows: { serializedRows: Array.from({ length: ROWS }, () => row) },
    },
  }
  const end = performance.now() + seconds * 1000
  let done = 0
  let inFlight = 0
  await new Promise<void>((resolve, reject) => {
    const more = () => {
      while (inFlight < IN_FLIGHT && performance.now() < end) {
        inFlight++
        call.write(request)
      }
      if (inFlight === 0) resolve()
    }
    call.on('error', reject)
    call.on('data', (answer: { error?: { message?: string } | null; rowErrors?: readonly object[] }) => {
      if (answer.error || (answer.rowErrors?.length ?? 0) > 0) reject(new Error(JSON.stringify(answer)))
      inFlight--
      done += ROWS
      more()
    })
    more()
  })
  call.end()
  const [[counted]] = (await bigquery.query(`SELECT COUNT(*) AS n FROM ${datasetId}.orders`)) as unknown as [
    [{ n: number }],
  ]
  if (counted.n !== done) throw new Error(`${done} rows were answered, and SQL counts ${counted.n}`)
  await client.close()
  return done
}

function rowBytes(): Buffer {
  const types = { STRING: 'string', INTEGER: 'int64', FLOAT: 'double', BOOLEAN: 'bool', TIMESTAMP: 'int64' }
  const type = new protobuf.Type('Row')
  FIELDS.forEach(({ name, type: of }, at) =>
    type.add(new protobuf.Field(name, at + 1, types[of as keyof typeof types], 'optional')),
  )
  return Buffer.from(type.encode(PLAIN).finish())
}

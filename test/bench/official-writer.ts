// The writer as Google's own libraries make it: the high-level subscriber and JSONWriter, with what their documentation
// advises: large flow control, rows in batches, several appends under way, an ack once the row is there. It writes orders.
import bigqueryStorage from '@google-cloud/bigquery-storage'
import { BigQuery } from '@google-cloud/bigquery'
import { PubSub, type Message } from '@google-cloud/pubsub'
import * as grpc from '@grpc/grpc-js'

const { managedwriter, adapt } = bigqueryStorage
const [projectId = '', datasetId = '', tableId = '', subscriptionName = ''] = process.argv.slice(2)
const BATCH = 500
const IN_FLIGHT = 4

const { hostname, port } = new URL(process.env['STORAGE_WRITE_ENDPOINT'] ?? '')
const client = new managedwriter.WriterClient({
  projectId,
  apiEndpoint: hostname,
  port: Number(port),
  sslCreds: grpc.credentials.createInsecure(),
})
const [metadata] = await new BigQuery({ projectId }).dataset(datasetId).table(tableId).getMetadata()
const { schema } = metadata as { schema: { fields: { name: string; type: string }[] } }
const dates = schema.fields
  .filter(({ type }) => type === 'TIMESTAMP' || type === 'DATE')
  .map(({ name }) => name)
const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(
  adapt.convertBigQuerySchemaToStorageTableSchema(schema),
  'root',
)
const connection = await client.createStreamConnection({
  streamId: managedwriter.DefaultStream,
  destinationTable: `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`,
})
connection.on('error', (error) => console.error(error))
const writer = new managedwriter.JSONWriter({ connection, protoDescriptor })

let waiting: Message[] = []
let inFlight = 0

/** JSONWriter takes dates as Date alone: as text they become 1970-01-01, or an error. */
function rowOf(message: Message): Record<string, unknown> {
  const row = JSON.parse(message.data.toString()) as Record<string, unknown>
  for (const name of dates) if (row[name] !== undefined) row[name] = new Date(row[name] as string)
  row['event_id'] = message.attributes['ce-id']
  row['processed_timestamp'] = new Date()
  return row
}

async function append(messages: readonly Message[]): Promise<void> {
  inFlight++
  const { error, rowErrors } = await writer.appendRows(messages.map(rowOf) as never).getResult()
  if (error || (rowErrors?.length ?? 0) > 0) throw new Error(JSON.stringify(error ?? rowErrors))
  for (const message of messages) message.ack()
  inFlight--
  flush()
}

function flush(): void {
  while (waiting.length > 0 && inFlight < IN_FLIGHT) {
    if (inFlight > 0 && waiting.length < BATCH) return
    void append(waiting.slice(0, BATCH))
    waiting = waiting.slice(BATCH)
  }
}

const subscription = new PubSub({ projectId }).subscription(subscriptionName, {
  flowControl: { maxMessages: 20_000, maxBytes: 128 << 20, allowExcessMessages: false },
  batching: { maxMessages: 2000, maxMilliseconds: 20 },
})
subscription.on('message', (message: Message) => {
  waiting.push(message)
  setImmediate(flush)
})
subscription.on('error', (error) => {
  throw error
})

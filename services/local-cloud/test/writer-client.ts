import bigqueryStorage from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'

const { adapt, managedwriter } = bigqueryStorage

type WriterClient = InstanceType<typeof managedwriter.WriterClient>

/** Google's client of the Storage Write API, for a server of a test. */
export function writerClient(port: number): WriterClient {
  const sslCreds = grpc.credentials.createInsecure()
  return new managedwriter.WriterClient({ projectId: 'p', apiEndpoint: '127.0.0.1', port, sslCreds })
}

/** Where rows go: a stream by its name, or the default stream of a table of the dataset `d`. */
export type RowsGo = { readonly stream: string } | { readonly table: string }

/**
 * Google's writer of rows.
 *
 * @param fields the columns that it knows
 * @param options others of JSONWriter
 */
export async function rowWriter(client: WriterClient, to: RowsGo, fields: object[], options: object = {}) {
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields })
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root')
  const connection = await client.createStreamConnection(
    'stream' in to
      ? { streamId: to.stream }
      : {
          streamId: managedwriter.DefaultStream,
          destinationTable: `projects/p/datasets/d/tables/${to.table}`,
        },
  )
  // an error that nobody hears would end the process
  connection.on('error', () => {})
  return { connection, writer: new managedwriter.JSONWriter({ connection, protoDescriptor, ...options }) }
}

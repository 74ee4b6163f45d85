import * as grpc from '@grpc/grpc-js'
import bigqueryStorage from '@google-cloud/bigquery-storage'
import type { RowDescriptor } from './encoder/descriptor.ts'
import { AppendConnection, type AppendCall } from './append-connection.ts'
import { classify } from './storage-errors.ts'
import { writeSchema, type WriteSchema } from './write-schema.ts'

/** The write path of one dataset. */
export interface WritePath {
  /** The columns as the write path knows them, which may be later than tables.get; undefined while there is no table. */
  readSchema(table: string): Promise<WriteSchema | undefined>
  connect(table: string, descriptor: RowDescriptor): AppendConnection
  close(): Promise<void>
}

export interface WritePathOptions {
  readonly projectId: string
  readonly dataset: string
  /** URL; empty for Google's own. */
  readonly endpoint: string
}

export function createWritePath({ projectId, dataset, endpoint }: WritePathOptions): WritePath {
  const client = new bigqueryStorage.v1.BigQueryWriteClient({ projectId, ...endpointOptions(endpoint) })
  const streamOf = (table: string) =>
    `projects/${projectId}/datasets/${dataset}/tables/${table}/streams/_default`
  return {
    async readSchema(table) {
      try {
        const [stream] = await client.getWriteStream({ name: streamOf(table), view: 'FULL' })
        return writeSchema(stream.tableSchema?.fields ?? [])
      } catch (error) {
        if (classify(error) === 'missing') return undefined
        throw error
      }
    },
    connect(table, descriptor) {
      const writeStream = streamOf(table)
      const headers = { 'x-goog-request-params': `write_stream=${encodeURIComponent(writeStream)}` }
      const call = client.appendRows({ otherArgs: { headers } }) as unknown as AppendCall
      return new AppendConnection(call, writeStream, descriptor)
    },
    close: () => client.close(),
  }
}

/** Host and port apart, as Google's client wants them; without TLS where the URL says http. */
function endpointOptions(endpoint: string): object {
  if (endpoint === '') return {}
  const { protocol, hostname, port } = new URL(endpoint)
  const insecure = protocol === 'http:'
  return {
    apiEndpoint: hostname,
    port: port === '' ? (insecure ? 80 : 443) : Number(port),
    ...(insecure && { sslCreds: grpc.credentials.createInsecure() }),
  }
}

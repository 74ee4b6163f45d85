import bigqueryStorage from '@google-cloud/bigquery-storage'
import type { RowDescriptor } from '../encoder/descriptor.ts'
import { AppendConnection, type AppendCall } from './append-connection.ts'
import { encodeAppendRequest, type AppendRequest } from './append-request.ts'
import { insecureCredentials, metadataOf, type BidiStub } from '../grpc.ts'
import { classify } from './append-errors.ts'
import { writeSchema, type WriteSchema } from '../write-schema.ts'

/** The write path of one dataset. */
export interface WritePath {
  /**
   * The columns as the write path knows them, which may be later than tables.get; undefined while there is no table.
   *
   * @param upsert whether rows are to take the place of those with the same primary key
   */
  readSchema(table: string, upsert: boolean): Promise<WriteSchema | undefined>
  connect(table: string, descriptor: RowDescriptor): AppendConnection
  close(): Promise<void>
}

export interface WritePathOptions {
  readonly projectId: string
  readonly dataset: string
  /** URL; empty for Google's own. */
  readonly endpoint: string
  /** How long an append may stay without an answer. */
  readonly appendTimeoutMs: number
}

const READ_MS = 10_000

export async function createWritePath({
  projectId,
  dataset,
  endpoint,
  appendTimeoutMs,
}: WritePathOptions): Promise<WritePath> {
  const client = new bigqueryStorage.v1.BigQueryWriteClient({ projectId, ...endpointOptions(endpoint) })
  await client.initialize()
  const stub = (await client.bigQueryWriteStub) as unknown as BidiStub<
    'AppendRows',
    AppendRequest,
    AppendCall
  >
  const { path, requestSerialize, responseDeserialize } = stub.constructor.service.AppendRows
  const encode = (request: AppendRequest) => encodeAppendRequest(request, requestSerialize)
  const streamOf = (table: string) =>
    `projects/${projectId}/datasets/${dataset}/tables/${table}/streams/_default`
  return {
    async readSchema(table, upsert) {
      try {
        const request = { name: streamOf(table), view: 'FULL' as const }
        const [stream] = await client.getWriteStream(request, { timeout: READ_MS, maxRetries: 0 })
        // of the default stream this is when the table was made (storage.proto, WriteStream)
        const { seconds, nanos } = stream.createTime ?? {}
        const incarnation = `${table} ${String(seconds)}.${nanos}`
        return writeSchema(stream.tableSchema?.fields ?? [], { incarnation, upsert })
      } catch (error) {
        if (classify(error) === 'missing') return undefined
        throw error
      }
    },
    connect(table, descriptor) {
      const writeStream = streamOf(table)
      const metadata = metadataOf({
        'x-goog-request-params': `write_stream=${encodeURIComponent(writeStream)}`,
      })
      const call = stub.makeBidiStreamRequest(path, encode, responseDeserialize, metadata)
      return new AppendConnection(call, { writeStream, descriptor, timeoutMs: appendTimeoutMs })
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
    ...(insecure && { sslCreds: insecureCredentials() }),
  }
}

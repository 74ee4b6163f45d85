import bigqueryStorage, { type protos } from '@google-cloud/bigquery-storage'
import { endpointOptions, steadyNow } from '@tablestream/service-kit'
import type { RowDescriptor } from '@tablestream/table-schema'
import { insecureCredentials, metadataOf, type BidiStub } from '../grpc.ts'
import { writeSchema, type WriteSchema } from '../row/write-schema.ts'
import { AppendConnection, type AppendCall } from './append-connection.ts'
import { classify, isDenied } from './append-errors.ts'
import { destinationOf, encodeAppendRequest, type AppendRequest } from './append-request.ts'
import { Channels, type Channel } from './channels.ts'
import { ConnectionPool, type Appender } from './connection-pool.ts'
import { Turns } from './turns.ts'

/** The write path of one dataset. */
export interface WritePath {
  /**
   * The columns as the write path knows them, which may be later than tables.get; undefined where it says that there is
   * no such table, `hidden` where it says that we may not see it, or that it may not be there: it says so of tables that never were.
   *
   * @param upsert whether rows are to take the place of those with the same primary key
   * @param source who waits for it: those who wait for many tables do not keep others from their turn
   */
  readSchema(table: string, upsert: boolean, source?: string): Promise<WriteSchema | 'hidden' | undefined>
  /** @param alone on a connection that no other table and no other request shares */
  connect(table: string, descriptor: RowDescriptor, alone: boolean): Appender
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
/** Thousands of tables that wait for their columns ask no faster than this many calls at once allow. */
const READS_AT_ONCE = 32
/** Of up to 100 calls each: room for the connections of 10,000 tables. */
const APPEND_CHANNELS = 4

type Client = InstanceType<typeof bigqueryStorage.v1.BigQueryWriteClient>

export async function createWritePath(options: WritePathOptions): Promise<WritePath> {
  const { projectId, dataset, endpoint, appendTimeoutMs } = options
  const newClient = async (): Promise<Client> => {
    // each with an HTTP/2 connection of its own: otherwise gRPC lets equal clients share one
    const settings = {
      projectId,
      'grpc.use_local_subchannel_pool': 1,
      ...endpointOptions(endpoint, insecureCredentials),
    }
    const client = new bigqueryStorage.v1.BigQueryWriteClient(settings)
    await client.initialize()
    return client
  }
  // what is asked never waits behind appends: it has a connection of its own
  const [reader, ...appenders] = await Promise.all(Array.from({ length: 1 + APPEND_CHANNELS }, newClient))
  const stubs = await Promise.all(appenders.map(stubOf))
  const { requestSerialize } = stubs[0]!.constructor.service.AppendRows
  const channels = new Channels(stubs.map(channelOf))
  const streamOf = (table: string) =>
    `projects/${projectId}/datasets/${dataset}/tables/${table}/streams/_default`
  let location = ''
  const pool = new ConnectionPool({
    now: steadyNow,
    open: (writeStream, shared) => {
      // a connection of several tables is routed by the place of their dataset, as Google's own clients do it
      const target =
        shared && location !== ''
          ? `write_location=${encodeURIComponent(`projects/${projectId}/locations/${location}`)}`
          : `write_stream=${encodeURIComponent(writeStream)}`
      return new AppendConnection(channels.openCall({ 'x-goog-request-params': target }), appendTimeoutMs)
    },
  })
  const reads = new Turns(READS_AT_ONCE)
  return {
    readSchema: (table, upsert, source) =>
      reads.take(async () => {
        try {
          const request = { name: streamOf(table), view: 'FULL' as const }
          const stream = await writeStreamOf(reader!, request)
          location = stream.location ?? ''
          // of the default stream this is when the table was made (storage.proto, WriteStream)
          const { seconds, nanos } = stream.createTime ?? {}
          const incarnation = `${table} ${String(seconds)}.${nanos}`
          return writeSchema(stream.tableSchema?.fields ?? [], { incarnation, upsert })
        } catch (error) {
          if (classify(error) !== 'not_shown') throw error
          return isDenied(error) ? 'hidden' : undefined
        }
      }, source),
    connect: (table, descriptor, alone) =>
      pool.connect(destinationOf(streamOf(table), descriptor, requestSerialize), alone),
    async close() {
      pool.close()
      await Promise.all([reader!, ...appenders].map((client) => client.close()))
    },
  }
}

type WriteStream = protos.google.cloud.bigquery.storage.v1.IWriteStream

/**
 * By a callback: where the client makes a promise itself, it reads the whole description of all error details anew for each error, which
 * takes milliseconds, and what waits for its table hears little else.
 */
function writeStreamOf(client: Client, request: { name: string; view: 'FULL' }): Promise<WriteStream> {
  return new Promise((resolve, reject) => {
    client.getWriteStream(request, { timeout: READ_MS, maxRetries: 0 }, (error, stream) => {
      if (stream) resolve(stream)
      else reject(error ?? new Error(`no answer for ${request.name}`))
    })
  })
}

type AppendStub = BidiStub<'AppendRows', AppendRequest, AppendCall>

async function stubOf(client: Client): Promise<AppendStub> {
  return (await client.bigQueryWriteStub) as unknown as AppendStub
}

function channelOf(stub: AppendStub): Channel {
  const { path, responseDeserialize } = stub.constructor.service.AppendRows
  return {
    openCall: (headers) =>
      stub.makeBidiStreamRequest(path, encodeAppendRequest, responseDeserialize, metadataOf(headers)),
  }
}

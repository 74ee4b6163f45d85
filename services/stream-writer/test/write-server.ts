import bigqueryStorage from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'

const { AppendRowsRequest, AppendRowsResponse, GetWriteStreamRequest, WriteStream } =
  bigqueryStorage.protos.google.cloud.bigquery.storage.v1

/** What the server says to the rows of a table: an answer, an error that ends the connection, or nothing ever. */
export type Reply = object | grpc.ServiceError | 'nothing'

export interface WriteServer {
  readonly endpoint: string
  /** AppendRows calls that are open now, and most at once on one HTTP/2 connection. */
  readonly calls: { open: number; opened: number }
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, readonly Buffer[]>
  close(): void
}

export interface WriteServerOptions {
  readonly reply?: (table: string, rows: readonly Buffer[]) => Reply | undefined
  /** undefined: GetWriteStream is never answered. */
  readonly fields?: readonly object[] | undefined
  /** Milliseconds until an append is looked at: meanwhile others come behind it. */
  readonly slowMs?: number
}

const service = '/google.cloud.bigquery.storage.v1.BigQueryWrite'
const encode = (type: typeof AppendRowsResponse) => (message: object) =>
  Buffer.from(type.encode(type.fromObject(message)).finish())

/** Storage Write as Google's front end serves it: 100 streams a connection, answers in order, errors that end a call. */
export async function startWriteServer(options: WriteServerOptions): Promise<WriteServer> {
  const server = new grpc.Server({ 'grpc.max_concurrent_streams': 100 })
  const calls = { open: 0, opened: 0 }
  const rows = new Map<string, Buffer[]>()
  const appendRows = (call: grpc.ServerDuplexStream<Record<string, never>, object>) => {
    let table = ''
    let ended = false
    let turn = Promise.resolve()
    calls.open++
    calls.opened++
    const close = () => {
      if (!ended) calls.open--
      ended = true
    }
    call.on(
      'data',
      (request: { writeStream?: string; protoRows?: { rows?: { serializedRows?: Buffer[] } } }) => {
        if (request.writeStream) table = /tables\/([^/]+)\//.exec(request.writeStream)![1]!
        const to = table
        const sent = (request.protoRows?.rows?.serializedRows ?? []).map((row) => Buffer.from(row))
        turn = turn.then(async () => {
          if (options.slowMs !== undefined)
            await new Promise((resolve) => setTimeout(resolve, options.slowMs))
          if (ended) return
          const reply = options.reply?.(to, sent) ?? { appendResult: {} }
          if (reply === 'nothing') return
          if (reply instanceof Error) {
            close()
            call.emit('error', reply)
            return
          }
          if ('appendResult' in reply) rows.set(to, [...(rows.get(to) ?? []), ...sent])
          call.write(reply)
        })
      },
    )
    call.on('end', () => void turn.then(() => (close(), call.end())))
    call.on('cancelled', close)
  }
  const getWriteStream: grpc.handleUnaryCall<{ name: string }, object> = (call, callback) => {
    if (!options.fields) return
    callback(null, {
      name: call.request.name,
      location: 'us-central1',
      createTime: { seconds: 1 },
      tableSchema: { fields: options.fields },
    })
  }
  const method = (name: string, isStream: boolean, request: object, response: object) => ({
    path: `${service}/${name}`,
    requestStream: isStream,
    responseStream: isStream,
    requestDeserialize: (bytes: Buffer) => (request as typeof AppendRowsRequest).decode(bytes),
    requestSerialize: encode(request as typeof AppendRowsResponse),
    responseDeserialize: (bytes: Buffer) => (response as typeof AppendRowsResponse).decode(bytes),
    responseSerialize: encode(response as typeof AppendRowsResponse),
  })
  server.addService(
    {
      appendRows: method('AppendRows', true, AppendRowsRequest, AppendRowsResponse),
      getWriteStream: method('GetWriteStream', false, GetWriteStreamRequest, WriteStream),
    },
    { appendRows, getWriteStream },
  )
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return { endpoint: `http://127.0.0.1:${port}`, calls, rows, close: () => server.forceShutdown() }
}

/** An error that ends a call. */
export function statusError(code: number, message: string): grpc.ServiceError {
  return Object.assign(new Error(message), { code, details: message, metadata: new grpc.Metadata() })
}

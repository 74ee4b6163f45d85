import type net from 'node:net'
import { Call, type CallNews, type Handler, type Method } from './call.ts'
import { Connection } from './connection.ts'
import { headerBlock, MOST_HEADER_BYTES, type Headers } from './hpack.ts'
import type { Stream, StreamUser } from './stream.ts'

/** How long a connection lives, in milliseconds. Tests make it short. */
export interface ConnectionAge {
  /** When the server says goodbye (GOAWAY), give or take a tenth. */
  readonly connectionAgeMs?: number
  /** How long calls that are under way may go on after it, before the connection is cut. */
  readonly connectionGraceMs?: number
}

/** The methods of a service, as `@grpc/proto-loader` describes them too. */
export type ServiceDefinition = Readonly<
  Record<
    string,
    {
      readonly path: string
      readonly requestStream: boolean
      readonly responseStream: boolean
      readonly requestDeserialize: (bytes: Buffer) => unknown
      readonly responseSerialize: (response: never) => Uint8Array
      readonly originalName?: string
    }
  >
>

export const LARGEST_REQUEST = 20 << 20

// "Google middleware enforces a limit of 100 streams per connection": googleapis/google-cloud-java,
// docs/grpc_channel_pool_guide.md. The 101st call waits in its client until another one ends.
const STREAMS_A_CONNECTION = 100

// "Connections shut down every hour, and that's something [we] can't control": googleapis/java-bigtable-hbase#1463, and
// googleapis/gax-java#804, whose clients connect anew after 55 minutes. Calls that are under way may end.
const CONNECTION_AGE_MS = 3_600_000
const CONNECTION_GRACE_MS = 600_000

const UNIMPLEMENTED = '12'
const OTHER_CONTENT = headerBlock([[':status', '415']])
const TOO_MANY_HEADERS = refusal('8', `The headers of the call have more than ${MOST_HEADER_BYTES} bytes.`)
const NOBODY: StreamUser = { receive() {}, receiveEnd() {}, resume() {}, cancel() {} }

/** A gRPC server with the limits that Google's front end puts on each connection. docs/decisions/0043 says why it is no library’s. */
export class GrpcServer {
  readonly #ageMs: number
  readonly #graceMs: number
  readonly #methods = new Map<string, Method>()
  readonly #connections = new Set<Connection>()

  constructor({ connectionAgeMs, connectionGraceMs }: ConnectionAge = {}) {
    this.#ageMs = connectionAgeMs ?? CONNECTION_AGE_MS
    this.#graceMs = connectionGraceMs ?? CONNECTION_GRACE_MS
  }

  /** Methods that no handler is for answer UNIMPLEMENTED. */
  addService(definition: ServiceDefinition, handlers: Readonly<Record<string, Handler>>): void {
    for (const [name, method] of Object.entries(definition)) {
      const handle = handlers[name] ?? handlers[method.originalName ?? '']
      if (!handle) continue
      const { path, requestStream, responseStream } = method
      const { requestDeserialize: read, responseSerialize: write } = method
      this.#methods.set(path, { path, requestStream, responseStream, read, write, handle })
    }
  }

  /** Answers the calls of a connection. @param ended hears of each that is over */
  accept(socket: net.Socket, ended: (news: CallNews) => void): void {
    const connection = new Connection(socket, {
      mostStreams: STREAMS_A_CONNECTION,
      ageMs: this.#ageMs,
      graceMs: this.#graceMs,
      open: (stream, headers) => this.#open(stream, headers, ended),
    })
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }

  /** Cuts every connection. */
  close(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  #open(stream: Stream, headers: Headers | undefined, ended: (news: CallNews) => void): StreamUser {
    if (!headers) {
      stream.end(TOO_MANY_HEADERS)
      return NOBODY
    }
    if (headers['content-type']?.startsWith('application/grpc') !== true) {
      stream.end(OTHER_CONTENT)
      return NOBODY
    }
    const path = headers[':path'] ?? ''
    const method = this.#methods.get(path)
    if (method) return new Call(stream, headers, { method, mostBytes: LARGEST_REQUEST, ended })
    stream.end(refusal(UNIMPLEMENTED, `The server does not implement the method ${encodeURI(path)}`))
    ended({
      path,
      headers,
      code: Number(UNIMPLEMENTED),
      began: performance.now(),
      requestBytes: 0,
      responseBytes: 0,
    })
    return NOBODY
  }
}

function refusal(code: string, words: string): Buffer {
  return headerBlock([
    [':status', '200'],
    ['content-type', 'application/grpc'],
    ['grpc-status', code],
    ['grpc-message', words],
  ])
}

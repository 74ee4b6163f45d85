import net from 'node:net'
import type { Call, CallNews } from '../../src/grpc/call.ts'
import { GrpcServer } from '../../src/grpc/grpc-server.ts'

export interface Echo {
  readonly port: number
  /** Calls that are over. */
  readonly news: readonly CallNews[]
  /** Calls of `/echo/Stream` and of `/echo/Endless`, as they began. */
  readonly streams: readonly Call<Buffer, Buffer>[]
}

const identity = (bytes: Buffer): Buffer => bytes
const bytes = { requestDeserialize: identity, responseSerialize: identity }

function unwritable(): Buffer {
  throw new Error('cannot be written')
}

/**
 * Answers with what it gets: `/echo/Unary`, `/echo/Stream`, and `/echo/Endless`, which does not end when its client has said all.
 * `/echo/Fail` and `/echo/Throw` fail, `/echo/Silent` has no answer, and that of `/echo/Unwritable` cannot be written.
 */
export async function echoServer(
  t: { teardown(done: () => unknown): void },
  server = new GrpcServer(),
): Promise<Echo> {
  const streams: Call<Buffer, Buffer>[] = []
  const news: CallNews[] = []
  const unary = (name: string) => ({
    path: `/echo/${name}`,
    requestStream: false,
    responseStream: false,
    ...bytes,
  })
  server.addService(
    {
      Unary: unary('Unary'),
      Fail: unary('Fail'),
      Throw: unary('Throw'),
      Silent: unary('Silent'),
      Unwritable: { ...unary('Unwritable'), responseSerialize: unwritable },
      Stream: { path: '/echo/Stream', requestStream: true, responseStream: true, ...bytes },
      Endless: { path: '/echo/Endless', requestStream: true, responseStream: true, ...bytes },
      Missing: unary('Missing'),
    },
    {
      Unary: (call: Call<Buffer, Buffer>, answer: (failure: null, response: Buffer) => void) =>
        answer(null, call.request),
      Fail: (call: Call<Buffer, Buffer>, answer: (failure: object) => void) =>
        answer({
          code: 9,
          message: call.request.toString(),
          trailers: { 'why-bin': Buffer.of(0, 255), why: 'text' },
        }),
      Throw: () => {
        throw new Error('broken')
      },
      Silent: () => {},
      Unwritable: (call: Call<Buffer, Buffer>, answer: (failure: null, response: Buffer) => void) =>
        void Promise.resolve().then(() => answer(null, call.request)),
      Stream: (call: Call<Buffer, Buffer>) => {
        streams.push(call)
        call.on('data', (message) => call.write(message))
        call.on('end', () => call.end())
      },
      Endless: (call: Call<Buffer, Buffer>) => {
        streams.push(call)
        call.on('data', (message) => call.write(message))
      },
    },
  )
  const sockets = new Set<net.Socket>()
  const listener = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    server.accept(socket, (one) => news.push(one))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  return { port: (listener.address() as net.AddressInfo).port, news, streams }
}

/** A message as gRPC sends it. */
export function framed(message: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.of(isCompressed ? 1 : 0, 0, 0, 0, 0)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

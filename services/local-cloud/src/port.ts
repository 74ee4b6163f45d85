import http2 from 'node:http2'
import net from 'node:net'
import * as grpc from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'

/** What answers on a port: gRPC, HTTP/1.1, or both, told apart by the first bytes of a connection. */
export interface PortServices {
  readonly grpc?: grpc.Server
  readonly http?: FastifyInstance
}

export interface OpenPort {
  /** The real one, where 0 was asked for. */
  readonly port: number
  /** Breaks every connection, as a network does. */
  dropConnections(): void
  close(): Promise<void>
}

// Node's default of 64 KiB halves what a gRPC stream can carry, and the server side of grpc-js has no option for it
const WINDOW = 4 << 20
const HTTP2_PREFACE = 'PRI'

export async function openPort(
  host: string,
  port: number,
  { grpc: server, http }: PortServices,
): Promise<OpenPort> {
  const injector =
    server && withWideWindow(() => server.createConnectionInjector(grpc.ServerCredentials.createInsecure()))
  await http?.ready()
  const sockets = new Set<net.Socket>()
  const listener = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // a client that goes away in the middle of a call is no event worth a word; its call ends with it
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null
      if (!first) return
      socket.unshift(first)
      if (injector && first.toString('latin1', 0, 3) === HTTP2_PREFACE) injector.injectConnection(socket)
      else if (http) http.server.emit('connection', socket)
      else socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, host, resolve)
  })
  return {
    port: (listener.address() as net.AddressInfo).port,
    dropConnections() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve))
      server?.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await http?.close()
      await closed
    },
  }
}

function withWideWindow<T>(create: () => T): T {
  const original = http2.createServer
  const widened = (options: http2.ServerOptions, ...rest: unknown[]): http2.Http2Server => {
    const settings = { ...options.settings, initialWindowSize: WINDOW }
    const made = (original as (...args: unknown[]) => http2.Http2Server)({ ...options, settings }, ...rest)
    made.on('session', (session) => session.setLocalWindowSize(WINDOW * 4))
    return made
  }
  http2.createServer = widened as typeof http2.createServer
  try {
    return create()
  } finally {
    http2.createServer = original
  }
}

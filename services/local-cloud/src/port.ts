import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import * as grpc from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import { methodOf } from './method-override.ts'

/** What answers on a port: gRPC, HTTP/1.1, or both, told apart by the first bytes of a connection. */
export interface PortServices {
  readonly grpc?: grpc.Server
  /** Which app answers for a path. */
  readonly http?: (url: string) => FastifyInstance
}

/** Sees each call of a port beside those who answer it. */
export interface CallObserver {
  request(request: http.IncomingMessage, response: http.ServerResponse): void
  stream(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void
}

export interface OpenPort {
  /** The real one, where 0 was asked for. */
  readonly port: number
  /** From now on these answer; until then connections wait. */
  serve(services: PortServices): void
  /** Breaks every connection but one; new ones wait for those who answer next. */
  pause(but?: net.Socket): void
  /** Breaks every connection, as a network does. */
  dropConnections(): void
  close(): Promise<void>
}

// Node's default of 64 KiB halves what a gRPC stream can carry, and the server side of grpc-js has no option for it
const WINDOW = 4 << 20
const HTTP2_PREFACE = 'PRI'
// as Fastify has it: with Node's five seconds, clients meet connections that are closing
const KEEP_ALIVE_MS = 72_000

interface Answering extends PortServices {
  readonly inject: ((socket: net.Socket) => void) | undefined
}

export async function openPort(host: string, port: number, observer: CallObserver): Promise<OpenPort> {
  const sockets = new Set<net.Socket>()
  let answering: Answering | undefined
  let waiting: net.Socket[] = []
  const front = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 })
  front.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const app = answering?.http?.(request.url ?? '/')
    if (!app) {
      request.socket.destroy()
      return
    }
    request.method = methodOf(request)
    observer.request(request, response)
    app.routing(request, response)
  })
  const hand = (socket: net.Socket) => {
    if (!answering) return waiting.push(socket)
    const first = socket.read() as Buffer | null
    if (!first) return socket.destroy()
    socket.unshift(first)
    if (answering.inject && first.toString('latin1', 0, 3) === HTTP2_PREFACE) return answering.inject(socket)
    if (answering.http) return front.emit('connection', socket)
    return socket.destroy()
  }
  const listener = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // a client that goes away in the middle of a call is no event worth a word; its call ends with it
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => hand(socket))
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, host, resolve)
  })
  return {
    port: (listener.address() as net.AddressInfo).port,
    serve(services) {
      const injector = services.grpc && injectorOf(services.grpc, observer)
      answering = { ...services, inject: injector && ((socket) => injector.injectConnection(socket)) }
      for (const socket of waiting) hand(socket)
      waiting = []
    },
    pause(but) {
      answering = undefined
      for (const socket of sockets) if (socket !== but) socket.destroy()
    },
    dropConnections() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function injectorOf(server: grpc.Server, observer: CallObserver): grpc.ConnectionInjector {
  const original = http2.createServer
  const widened = (options: http2.ServerOptions, ...rest: unknown[]): http2.Http2Server => {
    const settings = { ...options.settings, initialWindowSize: WINDOW }
    const made = (original as (...args: unknown[]) => http2.Http2Server)({ ...options, settings }, ...rest)
    made.on('session', (session) => session.setLocalWindowSize(WINDOW * 4))
    made.on('stream', (stream, headers) => observer.stream(stream, headers))
    return made
  }
  http2.createServer = widened as typeof http2.createServer
  try {
    return server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  } finally {
    http2.createServer = original
  }
}

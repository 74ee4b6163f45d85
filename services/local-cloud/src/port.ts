import http from 'node:http'
import net from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { CallNews } from './grpc/call.ts'
import type { GrpcServer } from './grpc/grpc-server.ts'
import { methodOf } from './method-override.ts'

/** What answers on a port: gRPC, HTTP/1.1, or both, told apart by the first bytes of a connection. */
export interface PortServices {
  readonly grpc?: GrpcServer
  /** Which app answers for a path. */
  readonly http?: (url: string) => FastifyInstance
}

/** Sees each call of a port beside those who answer it. */
export interface CallObserver {
  request(request: http.IncomingMessage, response: http.ServerResponse): void
  /** Of gRPC: when it is over. */
  call(news: CallNews): void
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

const HTTP2_PREFACE = 'PRI'
// as Fastify has it: with Node's five seconds, clients meet connections that are closing
const KEEP_ALIVE_MS = 72_000

export async function openPort(host: string, port: number, observer: CallObserver): Promise<OpenPort> {
  const sockets = new Set<net.Socket>()
  let answering: PortServices | undefined
  let waiting: (() => void)[] = []
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
  const hand = (socket: net.Socket, before = Buffer.alloc(0)) => {
    if (!answering) return waiting.push(() => hand(socket, before))
    const read = socket.read() as Buffer | null
    if (!read) return socket.destroy()
    const first = Buffer.concat([before, read])
    const text = first.toString('latin1', 0, HTTP2_PREFACE.length)
    if (text.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(text))
      return socket.once('readable', () => hand(socket, first))
    socket.unshift(first)
    if (answering.grpc && text === HTTP2_PREFACE)
      return answering.grpc.accept(socket, (news) => observer.call(news))
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
      answering = services
      const begun = waiting
      waiting = []
      for (const begin of begun) begin()
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

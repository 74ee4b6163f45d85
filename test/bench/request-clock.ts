// Loaded into a service that is measured (node --import): tells whoever connects to its socket (clockOf) what it has seen since it was
// asked last, as JSON.
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import net from 'node:net'
import { json } from 'node:stream/consumers'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** Times are milliseconds of the system's monotonic clock, which every process reads alike. */
export interface Clocked {
  /** How late the event loop was, at most: one long turn is one look of hundreds, and no percentile shows it. */
  readonly loopLate: number
  /** CPU milliseconds of the longest turn of the event loop. */
  readonly longestTurn: number
  /** How long its thread stood still for the engine to look at garbage: all of it, and the longest time. */
  readonly stopped: number
  readonly longestStop: number
  /** When requests were begun, and when their answers were written, by the number behind CLOCKED in their X-Request-Id. */
  readonly requests: readonly (readonly [number: number, begun: number, written: number])[]
}

/** How the ids begin of requests that are to be clocked. */
export const CLOCKED = 'clocked-'

const RESOLUTION_MS = 5

/** The socket of a service. @param path BENCH_CLOCK, of all services @param url where the service listens */
export const clockOf = (path: string, url: string): string => `${path}-${new URL(url).port}`

/** What a service has noted since it was asked last. @param socket `clockOf` */
export async function clockedBy(socket: string): Promise<Clocked> {
  return (await json(net.connect(socket))) as Clocked
}

/** Milliseconds of the system's monotonic clock. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

// threads of the service load it too
const path = isMainThread ? process.env['BENCH_CLOCK'] : undefined
if (path !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let longestTurn = 0
  let before = process.threadCpuUsage()
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    longestTurn = Math.max(longestTurn, (user + system) / 1000)
  }, RESOLUTION_MS).unref()
  const begun = new WeakMap<IncomingMessage, number>()
  let requests: [number, number, number][] = []
  let stops: number[] = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) stops.push(duration)
  }).observe({ entryTypes: ['gc'] })
  const numberOf = ({ headers }: IncomingMessage): number | undefined => {
    const id = headers['x-request-id']
    return typeof id === 'string' && id.startsWith(CLOCKED) ? Number(id.slice(CLOCKED.length)) : undefined
  }
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    if (numberOf(request) !== undefined) begun.set(request, clock())
  })
  subscribe('http.server.response.finish', (message) => {
    const { request } = message as { request: IncomingMessage }
    const number = numberOf(request)
    if (number !== undefined) requests.push([number, begun.get(request)!, clock()])
  })
  net
    .createServer((socket) => {
      // what is measured holds the time between two looks too
      const loopLate = Math.max(0, delays.max / 1e6 - RESOLUTION_MS)
      delays.reset()
      const stopped = stops.reduce((sum, ms) => sum + ms, 0)
      const longestStop = Math.max(0, ...stops)
      socket.end(JSON.stringify({ loopLate, longestTurn, stopped, longestStop, requests } satisfies Clocked))
      requests = []
      stops = []
      longestTurn = 0
    })
    .listen(`${path}-${process.env['PORT']}`)
    .unref()
}

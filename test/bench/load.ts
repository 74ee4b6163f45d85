// Sends orders to a gateway for a time and tells its parent how that went: node load.ts URL KEY CONNECTIONS SECONDS
import { Shop } from '@tablestream/event-generator'
import autocannon from 'autocannon'

export interface LoadResult {
  /** Requests a second. */
  readonly rate: number
  readonly answered: number
  /** Milliseconds. */
  readonly p99: number
  /** Answers that were not 200, and requests without an answer. */
  readonly failures: number
  /** Event ids that were answered 200. */
  readonly ids: readonly string[]
}

const BODIES = 500

const [url, key, connections, seconds] = process.argv.slice(2) as [string, string, string, string]
const shop = new Shop({ seed: 1, now: () => new Date() })
const bodies = Array.from({ length: BODIES }, () => JSON.stringify(shop.next('order')))
const ids: string[] = []
let sent = 0
const result = await autocannon({
  url: `${url}/events`,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [
    {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      setupRequest: (request) => {
        sent++
        const headers = { ...request.headers, 'idempotency-key': `${process.pid}-${sent}` }
        return { ...request, headers, body: bodies[sent % bodies.length]! }
      },
      onResponse: (status, body) => {
        if (status !== 200) return
        const [, id] = /"event_id":"([^"]+)"/.exec(body) ?? []
        if (id !== undefined) ids.push(id)
      },
    },
  ],
})
const told: LoadResult = {
  rate: result.requests.average,
  answered: result.requests.total,
  p99: result.latency.p99,
  failures: result.non2xx + result.errors + result.timeouts,
  ids,
}
process.send!(told)

// Sends orders to a gateway for a time and tells its parent how that went: node load.ts URL KEY CONNECTIONS SECONDS
import { Shop } from '@tablestream/event-generator'
import autocannon, { type Result } from 'autocannon'

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
const headers = { 'x-api-key': key, 'content-type': 'application/json' }
const onResponse = (status: number, body: string) => {
  if (status !== 200) return
  const [, id] = /"event_id":"([^"]+)"/.exec(body) ?? []
  if (id !== undefined) ids.push(id)
}
/** Milliseconds of each answer: those of autocannon's own percentiles are whole ones. */
const times: number[] = []
const result = await new Promise<Result>((resolve, reject) => {
  const instance = autocannon(
    {
      url: `${url}/events`,
      connections: Number(connections),
      duration: Number(seconds),
      // requests that do not change are built once: the load shall cost little beside what it measures
      requests: bodies.map((body) => ({ method: 'POST', headers, body, onResponse })),
    },
    (error: Error | null, done) => (error ? reject(error) : resolve(done)),
  )
  instance.on('response', (_client, _status, _bytes, time) => times.push(time))
})
const told: LoadResult = {
  rate: result.requests.average,
  answered: result.requests.total,
  p99: times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!,
  failures: result.non2xx + result.errors + result.timeouts,
  ids,
}
process.send!(told)

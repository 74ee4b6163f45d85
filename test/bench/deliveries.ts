// Delivers orders as Eventarc does, for a time, and tells its parent how that went: node deliveries.ts URL CONNECTIONS SECONDS
import { Shop } from '@tablestream/event-generator'
import autocannon, { type Result } from 'autocannon'
import { delivery } from '../end-to-end/delivery.ts'

export interface LoadResult {
  /** Requests a second. */
  readonly rate: number
  readonly answered: number
  /** Answers that were not 2xx, and requests without an answer. */
  readonly failures: number
}

const BODIES = 500

const [url, connections, seconds] = process.argv.slice(2) as [string, string, string]
const shop = new Shop({ seed: 1, now: () => new Date() })
// requests that do not change are built once: the load shall cost little beside what it measures
const requests = Array.from({ length: BODIES }, () => {
  const { method, headers, payload } = delivery(shop.next('order'))
  return { method, headers, body: JSON.stringify(payload) }
})
const result = await new Promise<Result>((resolve, reject) =>
  autocannon(
    { url, connections: Number(connections), duration: Number(seconds), requests },
    (error: Error | null, done) => (error ? reject(error) : resolve(done)),
  ),
)
const told: LoadResult = {
  rate: result.requests.average,
  answered: result.requests.total,
  failures: result.non2xx + result.errors + result.timeouts,
}
process.send!(told)

// A good caller at a steady rate: node steady.ts URL KEY RATE SECONDS. Tells its parent how that went.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SteadyResult {
  readonly asked: number
  /** Other answers than the right ones, and requests without an answer. */
  readonly failures: number
  /** Milliseconds from when a request was due to its answer, of events that are published, */
  readonly p99: number
  /** and of wrong events, which the gateway answers by itself. */
  readonly ownP99: number
}

const [url, key, rate, seconds] = process.argv.slice(2) as [string, string, string, string]
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
const headers = { 'content-type': 'application/json', 'x-api-key': key }
const text = 'x'.repeat(300)
const kinds = [
  { body: JSON.stringify({ event_type: 'good', n: 1, text }), status: 200, times: [] as number[] },
  { body: JSON.stringify({ event_type: '', n: 1, text }), status: 400, times: [] as number[] },
] as const
let failures = 0

function send(due: number, { body, status, times }: (typeof kinds)[number]): Promise<void> {
  return new Promise((resolve) => {
    const failed = (): void => {
      failures++
      resolve()
    }
    const request = http.request(`${url}/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        times.push(performance.now() - due)
        if (response.statusCode !== status) failures++
        resolve()
      })
    })
    request.once('error', failed)
    request.end(body)
  })
}

const began = performance.now()
const count = Number(rate) * Number(seconds)
const sent: Promise<void>[] = []
for (let n = 0; n < count; n++) {
  const due = began + (n * 1000) / Number(rate)
  const wait = due - performance.now()
  if (wait > 0) await sleep(wait)
  sent.push(send(due, kinds[n % 2]!))
}
await Promise.all(sent)
const [p99, ownP99] = kinds.map(({ times }) => {
  times.sort((one, other) => one - other)
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN
}) as [number, number]
const told: SteadyResult = { asked: count, failures, p99, ownP99 }
process.send!(told)

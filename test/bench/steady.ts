// A good caller at a steady rate: node steady.ts URL KEY RATE SECONDS. Tells its parent how that went.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SteadyResult {
  readonly asked: number
  /** Answers that were not 200, and requests without an answer. */
  readonly failures: number
  /** Milliseconds from when a request was due to its answer. */
  readonly p99: number
}

const [url, key, rate, seconds] = process.argv.slice(2) as [string, string, string, string]
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
const headers = { 'content-type': 'application/json', 'x-api-key': key }
const body = JSON.stringify({ event_type: 'good', n: 1, text: 'x'.repeat(300) })
const times: number[] = []
let failures = 0

function send(due: number): Promise<void> {
  return new Promise((resolve) => {
    const failed = (): void => {
      failures++
      resolve()
    }
    const request = http.request(`${url}/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        times.push(performance.now() - due)
        if (response.statusCode !== 200) failures++
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
  sent.push(send(due))
}
await Promise.all(sent)
times.sort((one, other) => one - other)
const told: SteadyResult = {
  asked: count,
  failures,
  p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
}
process.send!(told)

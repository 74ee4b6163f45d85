// A good caller at a steady rate: node steady.ts URL KEY RATE. Its parent says for how many seconds, again and again.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SteadyResult {
  readonly asked: number
  /** Other answers than the right ones, and requests without an answer. */
  readonly failures: number
  /** Milliseconds from when each request was due to its answer, of events that are published, */
  readonly published: readonly number[]
  /** and of wrong events, which the gateway answers by itself. */
  readonly refused: readonly number[]
  /** Milliseconds that each request was sent too late: what the caller's own process adds to the others. */
  readonly late: readonly number[]
}

const [url, key, rate] = process.argv.slice(2) as [string, string, string]
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
const headers = { 'content-type': 'application/json', 'x-api-key': key }
const text = 'x'.repeat(300)
const good = { body: JSON.stringify({ event_type: 'good', n: 1, text }), status: 200 }
const wrong = { body: JSON.stringify({ event_type: '', n: 1, text }), status: 400 }

/** Milliseconds from when the request was due to its answer; undefined: there was none, or not the right one. */
function send(due: number, { body, status }: typeof good): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = http.request(`${url}/events`, { method: 'POST', agent, headers }, (response) => {
      const isRight = response.statusCode === status
      response.resume().once('end', () => resolve(isRight ? performance.now() - due : undefined))
    })
    request.once('error', () => resolve(undefined))
    request.end(body)
  })
}

async function steady(seconds: number): Promise<SteadyResult> {
  const began = performance.now()
  const count = Number(rate) * seconds
  const sent: Promise<number | undefined>[] = []
  const late: number[] = []
  for (let n = 0; n < count; n++) {
    const due = began + (n * 1000) / Number(rate)
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    late.push(performance.now() - due)
    sent.push(send(due, n % 2 === 0 ? good : wrong))
  }
  const times = await Promise.all(sent)
  const right = (rest: number) =>
    times.filter((time, n): time is number => n % 2 === rest && time !== undefined)
  return {
    asked: count,
    failures: times.filter((time) => time === undefined).length,
    published: right(0),
    refused: right(1),
    late,
  }
}

process.on('message', (seconds: number) => void steady(seconds).then((result) => process.send!(result)))
process.once('disconnect', () => process.exit())

// A good caller at a steady rate: node steady.ts URL KEY RATE. Its parent says for how many seconds, again and again.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock, CLOCKED } from './request-clock.ts'

/** One request. Times are milliseconds of the system's monotonic clock. */
export interface Asked {
  readonly number: number
  /** Whether its event is published; a wrong one is answered by the gateway alone. */
  readonly isGood: boolean
  /** When it was due, and when it was sent: in between the caller's own process is late. */
  readonly due: number
  readonly sent: number
  /** When its answer was there; undefined: there was none, or not the right one. */
  readonly answered: number | undefined
}

const [url, key, rate] = process.argv.slice(2) as [string, string, string]
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
const headers = { 'content-type': 'application/json', 'x-api-key': key }
const text = 'x'.repeat(300)
const good = { body: JSON.stringify({ event_type: 'good', n: 1, text }), status: 200 }
const wrong = { body: JSON.stringify({ event_type: '', n: 1, text }), status: 400 }
let count = 0

function send(due: number): Promise<Asked> {
  const number = count++
  const isGood = number % 2 === 0
  const { body, status } = isGood ? good : wrong
  const sent = clock()
  return new Promise((resolve) => {
    const tell = (answered?: number) => resolve({ number, isGood, due, sent, answered })
    const options = {
      method: 'POST',
      agent,
      headers: { ...headers, 'x-request-id': `${CLOCKED}${number}` },
    }
    const request = http.request(`${url}/events`, options, (response) => {
      const isRight = response.statusCode === status
      response.resume().once('end', () => tell(isRight ? clock() : undefined))
    })
    request.once('error', () => tell())
    request.end(body)
  })
}

async function steady(seconds: number): Promise<readonly Asked[]> {
  const began = clock()
  const all: Promise<Asked>[] = []
  for (let n = 0; n < Number(rate) * seconds; n++) {
    const due = began + (n * 1000) / Number(rate)
    const wait = due - clock()
    if (wait > 0) await sleep(wait)
    all.push(send(due))
  }
  return Promise.all(all)
}

process.on('message', (seconds: number) => void steady(seconds).then((asked) => process.send!(asked)))
process.once('disconnect', () => process.exit())

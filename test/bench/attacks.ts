// One hostile caller of a gateway, until it is ended: node attacks.ts NAME URL KEY [RATE]. With a rate it sends no more bodies a second.
// Whoever started it may ask with a message how many it has sent.
import http from 'node:http'
import net from 'node:net'
import { gzipSync } from 'node:zlib'

interface Sent {
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string
}

const NDJSON = { 'content-type': 'application/x-ndjson' }
const GZIP = { 'content-encoding': 'gzip' }
const poison = JSON.stringify({
  specversion: '1.0',
  id: '1',
  source: '/s',
  type: 'x',
  data: {},
  ['a'.repeat(300)]: '1',
})

/** What is sent again and again over so many connections. */
const STORMS: Readonly<Record<string, { readonly connections: number; readonly make: () => Sent }>> = {
  'poison attributes': {
    connections: 16,
    make: () => ({ body: poison, headers: { 'content-type': 'application/cloudevents+json' } }),
  },
  'gzip bombs': { connections: 8, make: sender(gzipSync(`[${'{},'.repeat(3_400_000)}{}]`), GZIP) },
  'deep JSON': {
    connections: 8,
    make: sender(`{"event_type":"x","a":${'['.repeat(2_500_000)}${']'.repeat(2_500_000)}}`),
  },
  'lines of 8 MB': {
    connections: 4,
    make: sender(`{"event_type":"big","text":"${'y'.repeat(8_000_000)}"}`, NDJSON),
  },
  'batches of 10,000': { connections: 8, make: sender('{"event_type":"many"}\n'.repeat(10_000), NDJSON) },
  'wrong keys': { connections: 64, make: () => ({ body: '{}', key: 'wrong' }) },
  'many connections': { connections: 500, make: sender('{"event_type":"x"}') },
}
const SLOW = 'slow senders'

export const ATTACKS = [...Object.keys(STORMS), SLOW]

function sender(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): () => Sent {
  const bytes = Buffer.from(body)
  return () => ({ body: bytes, headers })
}

let sent = 0

function storm(name: string, url: string, ownKey: string, rate: number): void {
  const { connections, make } = STORMS[name]!
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const began = performance.now()
  let next = 0
  const again = (): void => {
    const due = began + (next++ * 1000) / rate
    const wait = due - performance.now()
    if (wait > 0) setTimeout(send, wait)
    else send()
  }
  const send = (): void => {
    sent++
    const { body, headers = {}, key = ownKey } = make()
    const request = http.request(
      `${url}/events`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-api-key': key,
          ...headers,
        },
      },
      (response) => response.resume().once('close', again),
    )
    request.once('error', () => setTimeout(again, 10))
    inPieces(request, body)
  }
  for (let n = 0; n < connections; n++) again()
}

/** So that no call of the system takes long: where it does not let go of a core, whoever shares that one with the attacker would wait. */
const PIECE = 65_536

/** Sends a body as fast as it is taken. */
function inPieces(request: http.ClientRequest, body: string | Buffer): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  let end = 0
  const go = (): void => {
    const start = end
    end = Math.min(start + PIECE, bytes.length)
    if (end === bytes.length) {
      request.end(bytes.subarray(start))
      return
    }
    const isRoom = request.write(bytes.subarray(start, end))
    if (isRoom) setImmediate(go)
    else request.once('drain', go)
  }
  go()
}

/** Promises 10 MB on each connection, and sends a byte now and then. */
function slow(url: string, key: string): void {
  const { hostname, port } = new URL(url)
  for (let n = 0; n < 200; n++) {
    const socket = net.connect(Number(port), hostname)
    socket.on('error', () => socket.destroy())
    socket.write(
      `POST /events HTTP/1.1\r\nHost: ${hostname}\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\n` +
        'Content-Length: 10485760\r\n\r\n{',
    )
    setInterval(() => !socket.destroyed && socket.write(' '), 2000)
  }
}

/** Nobody measures for so long: whoever has forgotten it has its core back. */
const LONGEST_MS = 600_000

if (import.meta.main) {
  process.once('disconnect', () => process.exit())
  setTimeout(() => process.exit(), LONGEST_MS)
  const [name, url, key, rate = 'Infinity'] = process.argv.slice(2) as [string, string, string, string?]
  process.on('message', () => process.send!(sent))
  if (name === SLOW) slow(url, key)
  else storm(name, url, key, Number(rate))
}

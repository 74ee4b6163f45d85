import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** A caller of event-gateway that means no good, until it is stopped. */
export interface Attackers {
  stop(): Promise<readonly string[]>
}

const PAUSE_MS = 500

/**
 * Attacks event-gateway by HTTP with a key of its own, one attack after the other: small bodies that unpack to many events, attributes
 * that Pub/Sub takes from nobody, deep JSON, and bodies that never come.
 */
export function attack(gatewayUrl: string, key: string): Attackers {
  const bomb = gzipSync(`[${'{},'.repeat(3_400_000)}{}]`)
  const ones = gzipSync(`[${'1,'.repeat(4_900_000)}1]`)
  const small = gzipSync('{"event_type":"a"}\n'.repeat(500_000))
  const json = { 'content-type': 'application/json' }
  const gzip = { ...json, 'content-encoding': 'gzip' }
  const cloudEvent = (more: object) =>
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      type: 'poison',
      source: '/x',
      data: { event_type: 'poison' },
      ...more,
    })
  const attacks: readonly [name: string, headers: Record<string, string>, body: string | Buffer][] = [
    ['empty objects by the million', gzip, bomb],
    ['numbers by the million', gzip, ones],
    ['small events by the half million', { ...gzip, 'content-type': 'application/x-ndjson' }, small],
    [
      'an attribute name of 300 letters',
      { 'content-type': 'application/cloudevents+json' },
      cloudEvent({ ['a'.repeat(300)]: '1' }),
    ],
    [
      'an attribute of 2,000 letters',
      { 'content-type': 'application/cloudevents+json' },
      cloudEvent({ long: 'x'.repeat(2000) }),
    ],
    [
      'an id that is half a character',
      { 'content-type': 'application/cloudevents+json' },
      cloudEvent({ id: '\ud800' }),
    ],
    ['arrays in arrays', json, `{"event_type":"pill","a":${'['.repeat(2500)}${']'.repeat(2500)}}`],
    [
      '5 MB of arrays in arrays',
      json,
      `{"event_type":"pill","a":${'['.repeat(2_500_000)}${']'.repeat(2_500_000)}}`,
    ],
    ['no JSON', json, '{"event_type":'],
  ]
  const stopped = new AbortController()
  const slow = stopped.signal
  const open = slowSenders(new URL(gatewayUrl), key)
  const answers = new Map<string, Map<string, number>>()
  const work = async () => {
    for (let n = 0; !slow.aborted; n++) {
      const [name, headers, body] = attacks[n % attacks.length]!
      const status = await post(`${gatewayUrl}/events`, { 'x-api-key': key, ...headers }, body)
      const counts = answers.get(name) ?? new Map<string, number>()
      answers.set(name, counts.set(status, (counts.get(status) ?? 0) + 1))
      await sleep(PAUSE_MS, undefined, { signal: slow }).catch(() => undefined)
    }
  }
  const done = work()
  return {
    async stop() {
      stopped.abort()
      await done
      for (const socket of open) socket.destroy()
      return Array.from(
        answers,
        ([name, counts]) =>
          `${name}: ${Array.from(counts, ([status, count]) => `${count} × ${status}`).join(', ')}`,
      )
    },
  }
}

async function post(url: string, headers: Record<string, string>, body: string | Buffer): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : new Uint8Array(body),
      signal: AbortSignal.timeout(120_000),
    })
    await response.arrayBuffer()
    return String(response.status)
  } catch (error) {
    return (error as Error).name
  }
}

/** Connections that promise 10 MB and send a byte now and then. */
function slowSenders({ hostname, port }: URL, key: string): readonly net.Socket[] {
  return Array.from({ length: 14 }, () => {
    const socket = net.connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      `POST /events HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: 10485760\r\n\r\n`,
    )
    const timer = setInterval(() => socket.write(' '), 2000)
    socket.on('close', () => clearInterval(timer))
    return socket
  })
}

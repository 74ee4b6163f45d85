import net from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { AppOptions } from '../src/app.ts'
import { build, KEY, recording } from './build.ts'

const EVENT = '{"event_type":"x"}'
const JSON_TYPE = 'content-type: application/json\r\n'
const CLOUD_EVENT = 'content-type: application/cloudevents+json\r\n'

/** Sends bytes as they are over a connection of its own, and reads until it ends. */
async function gateway(t: Test, change: Partial<AppOptions> = {}) {
  const publisher = recording()
  const app = await build(publisher, change)
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as net.AddressInfo
  const send = (bytes: readonly (string | Buffer)[]): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = ''
      const socket = net.connect(port, '127.0.0.1', () => bytes.forEach((each) => socket.write(each)))
      socket.on('data', (data) => (text += String(data)))
      socket.once('close', () => resolve(text))
      socket.once('error', reject)
    })
  /** The last status of an answer, and how many events it brought to Pub/Sub. */
  const answered = async (bytes: readonly (string | Buffer)[]) => {
    const before = publisher.sent.length
    const text = await send(bytes)
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
    return [statuses.at(-1), publisher.sent.length - before]
  }
  const post = (headers: string, body: string | Buffer, path = '/events') =>
    answered([`${head(headers, path)}content-length: ${Buffer.byteLength(body)}\r\n\r\n`, body])
  return { publisher, answered, post }
}

const head = (headers: string, path = '/events') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\nconnection: close\r\n${headers}`

t.test('what is odd about the request itself is taken as it is meant, or refused', async (t) => {
  const { answered, post } = await gateway(t)
  const chunked = `12\r\n${EVENT}\r\n0\r\n`
  t.same(await post(`${JSON_TYPE}content-type: text/html\r\n`, EVENT), [200, 1], 'the first type counts')
  t.same(await post(`${JSON_TYPE}x-api-key: other\r\n`, EVENT), [401, 0], 'two keys are none')
  t.same(
    await answered([`${head(JSON_TYPE)}content-length: 18\r\ncontent-length: 5\r\n\r\n`, EVENT]),
    [400, 0],
  )
  const both = `${head(JSON_TYPE)}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`
  t.same(await answered([both, chunked, '\r\n']), [400, 0], 'no request may stand behind another length')
  const trailers = 'x-api-key: other\r\ntablestream-caller: other\r\n\r\n'
  t.same(
    await answered([`${head(JSON_TYPE)}transfer-encoding: chunked\r\n\r\n`, chunked, trailers]),
    [200, 1],
  )
  const waits = `${head(JSON_TYPE)}expect: 100-continue\r\ncontent-length: 18\r\n\r\n`
  t.same(await answered([waits, EVENT]), [200, 1])
  t.same(await answered([`${head(JSON_TYPE)}expect: much\r\ncontent-length: 18\r\n\r\n`, EVENT]), [417, 0])
  const wide = Array.from({ length: 3000 }, (_, n) => `a${n}: 1\r\n`).join('')
  t.same(await post(JSON_TYPE + wide, EVENT), [431, 0])
  t.same(await answered(['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']), [400, 0])
})

t.test('a piece of a body that says that it is endless ends at the limit of a body', async (t) => {
  const { answered } = await gateway(t, { maxBodyBytes: 5000 })
  const start = `${head(JSON_TYPE)}transfer-encoding: chunked\r\n\r\n`
  for (const size of ['FFFFFFFFFFFFFFFF', '7FFFFFFFFFFFFFFF'])
    t.same(await answered([`${start}${size}\r\n${EVENT}${' '.repeat(5000)}`]), [413, 0], size)
  // what does not fit into 64 bits, and what is no size
  for (const size of ['FFFFFFFFFFFFFFFFF', '-1', '0x5', '+5'])
    t.same(await answered([`${start}${size}\r\n${EVENT}\r\n0\r\n\r\n`]), [400, 0], size)
})

t.test('encodings that are not gzip are refused, and gzip is unpacked once and whole', async (t) => {
  const { post } = await gateway(t)
  const encoded = (encoding: string, body: Buffer) =>
    post(`${JSON_TYPE}content-encoding: ${encoding}\r\n`, body)
  t.same(await encoded('gzip', gzipSync(EVENT)), [200, 1])
  t.same(await encoded('gzip', Buffer.concat([gzipSync('{"event_type"'), gzipSync(':"x"}')])), [200, 1])
  t.same(await encoded('gzip', gzipSync(gzipSync(EVENT))), [400, 0])
  t.same(await encoded('gzip', Buffer.concat([gzipSync(EVENT), Buffer.from('more')])), [400, 0])
  t.same(await encoded('gzip', gzipSync(EVENT).subarray(0, 20)), [400, 0])
  t.same(await encoded('gzip, gzip', gzipSync(gzipSync(EVENT))), [415, 0])
  t.same(await encoded('deflate', deflateSync(EVENT)), [415, 0])
  t.same(await encoded('br', brotliCompressSync(EVENT)), [415, 0])
})

t.test('texts that are no Unicode are refused, and keys of prototypes are keys as any other', async (t) => {
  const { publisher, post } = await gateway(t)
  const bytes = (...codes: number[]) =>
    Buffer.concat([Buffer.from('{"event_type":"x","a":"'), Buffer.from(codes), Buffer.from('"}')])
  for (const bad of [bytes(0xff), bytes(0xc0, 0x80), bytes(0xed, 0xa0, 0x80), bytes(0)])
    t.same(await post(JSON_TYPE, bad), [400, 0])
  for (const bad of ['"a":"\\ud800"', '"\\ud800":1', '"event_type":"y"'])
    t.same(await post(JSON_TYPE, `{"event_type":"x",${bad}}`), [400, 0], bad)
  const odd = '{"event_type":"x","__proto__":{"event_type":"y"},"constructor":{"prototype":1},"a\\u0000b":1}'
  t.same(await post(JSON_TYPE, odd), [200, 1])
  t.equal(String(publisher.sent[0]!.data), odd)
  t.equal(publisher.sent[0]!.attributes['event_type'], 'x')
  for (const type of ['__proto__', 'constructor', '..%2f..%2fmetrics', '%00'])
    t.same(await post(JSON_TYPE, '{"a":1}', `/events/${type}`), [200, 1], type)
  t.same(await post(JSON_TYPE, '{"a":1}', '/events/%ff'), [400, 0])
})

t.test('a CloudEvent has one body, in one form, and so many things in a request are so many', async (t) => {
  const { post } = await gateway(t)
  const event = (more: object) =>
    post(CLOUD_EVENT, JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'x', ...more }))
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
  t.same(await event({ data_base64: base64('{"a":1}') }), [200, 1])
  for (const bad of [
    { data_base64: base64(Buffer.from([255, 254])) },
    { data_base64: '***' },
    { data_base64: 5 },
    { data: {}, data_base64: base64('{}') },
    { data: '{"a":1}' },
    { data: '<a/>', datacontenttype: 'text/xml' },
  ])
    t.same(await event(bad), [400, 0], JSON.stringify(bad))
  t.same(await post(JSON_TYPE, `[${'1,'.repeat(9999)}1]`), [400, 0])
  t.same(await post('content-type: application/x-ndjson\r\n', '1\n'.repeat(10_000)), [400, 0])
  t.same(await post('content-type: application/x-ndjson\r\n', '\n'.repeat(10_001)), [400, 0])
})

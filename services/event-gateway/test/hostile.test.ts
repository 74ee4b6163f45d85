import { randomUUID } from 'node:crypto'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { MessageRefused } from '@tablestream/service-kit'
import t from 'tap'
import { build, HEADERS, KEY, recording, type Answer } from './build.ts'

interface Told extends Answer {
  readonly statusCode?: number
  readonly code?: string
  readonly message?: string
}

async function gateway(publisher = recording()) {
  const app = await build(publisher)
  return {
    app,
    publisher,
    post: async (
      payload: string | Buffer | object,
      headers: Record<string, string> = {},
      url = '/events',
    ) => {
      const response = await app.inject({ method: 'POST', url, headers: { ...HEADERS, ...headers }, payload })
      return { status: response.statusCode, ...response.json<Told>() }
    },
  }
}

const CLOUD_EVENT = { specversion: '1.0', id: '1', source: '/s', type: 'x', data: {} }
const STRUCTURED = { 'content-type': 'application/cloudevents+json' }

t.test(
  'ten kilobytes of gzip that unpack to millions of events are refused before one is made',
  async (t) => {
    const { app, post, publisher } = await gateway()
    for (const one of ['{}', '1', '{"event_type":"a"}', '[]']) {
      const many = `[${Array.from({ length: Math.floor(1e7 / (one.length + 1)) }, () => one).join()}]`
      const before = process.memoryUsage().rss
      const told = await post(gzipSync(many), { 'content-encoding': 'gzip' })
      t.match(told, { status: 413, code: 'TOO_MANY_EVENTS', message: /more than 10000 events/ }, one)
      t.ok(process.memoryUsage().rss - before < 200e6, `memory stays where it is: ${one}`)
    }
    const lines = '{"event_type":"a"}\n'.repeat(10_001)
    t.match(await post(lines, { 'content-type': 'application/x-ndjson' }), { status: 413 })
    t.match(await post(lines.slice(19), { 'content-type': 'application/x-ndjson' }), { taken: 10_000 })
    t.equal(publisher.sent.length, 10_000)
    await app.close()
  },
)

t.test('of bad events the first hundred are told, and how many there are', async (t) => {
  const { app, post } = await gateway()
  const lines = `{"event_type":"x"}\n${'{}\n'.repeat(5000)}`
  const type = { 'content-type': 'application/x-ndjson' }
  const all = await post(lines, type)
  t.equal(all.rejected.length, 100)
  t.match(all, { status: 400, rejected_count: 100, message: /the 4900 behind them were not looked at/ })
  const some = await post(lines, type, '/events?partial=true')
  t.equal(some.rejected.length, 100)
  t.match(some, { status: 200, taken: 1, rejected_count: 5000 })
  await app.close()
})

t.test('what nests too deep or holds too many values is told, by every door', async (t) => {
  const { app, post } = await gateway()
  const deep = '['.repeat(600) + ']'.repeat(600)
  const deeper = '['.repeat(2_500_000) + ']'.repeat(2_500_000)
  for (const value of [deep, deeper]) {
    const event = `{"event_type":"x","a":${value}}`
    for (const [body, headers, url] of [
      [event, {}, '/events'],
      [event, {}, '/events/x'],
      [`[${event}]`, {}, '/events'],
      [value, {}, '/events'],
      [event, { 'content-type': 'application/x-ndjson' }, '/events'],
      [JSON.stringify(CLOUD_EVENT).replace('{}', value), STRUCTURED, '/events'],
      [
        `{"specversion":"1.0","id":"1","source":"/s","type":"x","data":{},"ext":${value}}`,
        STRUCTURED,
        '/events',
      ],
    ] as const) {
      const told = await post(body, headers, url)
      t.equal(told.status, 400)
      t.match(told.rejected[0]?.problems[0]?.rule, /^(too_deep|too_many_values|type)$/)
    }
  }
  const wide = `{"event_type":"x","a":[${'{},'.repeat(1_200_000)}1234567890123456789]}`
  t.match((await post(wide)).rejected, [{ problems: [{ rule: 'too_many_values' }] }])
  await app.close()
})

t.test('an attribute that Pub/Sub would not take is told to who sent it', async (t) => {
  const { app, post, publisher } = await gateway()
  const cases: [object, RegExp | string][] = [
    [{ ['a'.repeat(300)]: '1' }, 'maxLength'],
    [{ ext: 'é'.repeat(600) }, 'maxLength'],
    [Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`a${n}`, '1'])), 'maxProperties'],
    [{ id: '\ud800' }, 'not_unicode'],
    [{ ext: 'x\udfff' }, 'not_unicode'],
    [{ source: '/\ud801' }, /not_unicode|cloudevent/],
  ]
  for (const [more, rule] of cases) {
    const told = await post({ ...CLOUD_EVENT, ...more }, STRUCTURED)
    t.equal(told.status, 400, JSON.stringify(more).slice(0, 60))
    t.match(told.rejected[0]!.problems[0]!.rule, rule)
  }
  const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 'x' }
  t.equal((await post({}, { ...binary, [`ce-${'b'.repeat(300)}`]: '1' })).status, 400)
  t.same(publisher.sent, [])
  await app.close()
})

t.test('who sent an event only the gateway says', async (t) => {
  const { app, post, publisher } = await gateway()
  t.equal((await post({ event_type: 'x' })).status, 200)
  t.equal(publisher.sent[0]!.attributes['tablestream-caller'], 'tests')
  t.match(await post({ event_type: 'x' }, { 'tablestream-caller': 'somebody' }), {
    status: 400,
    code: 'CALLER_ATTRIBUTE',
  })
  const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 'x' }
  t.equal((await post({}, { ...binary, 'ce-tablestream-caller': 'somebody' })).status, 400)
  t.equal((await post({ ...CLOUD_EVENT, 'tablestream-caller': 'somebody' }, STRUCTURED)).status, 400)
  t.equal((await post({}, binary)).status, 200)
  t.match(publisher.sent[1]!.attributes, { 'ce-source': '/s', 'tablestream-caller': 'tests' })
  await app.close()
})

t.test('what Pub/Sub refuses all the same is a fault of the request, not of the service', async (t) => {
  const refusal = new MessageRefused(new Error('3 INVALID_ARGUMENT: no'))
  const { app, post } = await gateway(recording({ publish: () => Promise.reject(refusal) }))
  t.match(await post({ event_type: 'x' }), {
    status: 400,
    code: 'REFUSED_BY_PUBSUB',
    message: /INVALID_ARGUMENT/,
  })
  await app.close()
})

t.test(
  'with an Idempotency-Key an event has the same id in every request, and a mended one another',
  async (t) => {
    const { app, post } = await gateway()
    const key = { 'idempotency-key': 'k' }
    const events = [
      { event_type: 'x', n: 1 },
      { event_type: 'x', n: 2 },
      { event_type: 'x', n: 1 },
    ]
    const ids = async (body: object, url = '/events') =>
      (await post(body, key, url)).events.map(({ event_id }) => event_id)
    const first = await ids(events)
    t.equal(new Set(first).size, 3, 'equal events of one request are told apart')
    t.same(await ids(events), first)
    t.same(await ids([events[1]!, { event_type: 'x', n: 3 }]), [
      first[1],
      (
        await ids([
          { event_type: 'x', n: 3 },
          {
            event_type: 'x',
            n: 4,
          },
        ])
      )[0],
    ])
    const partial = '/events?partial=true'
    const [taken] = await ids([{ bad: 1 }, events[0]!], partial)
    t.equal(taken, first[0])
    const [mended] = await ids({ event_type: 'x', bad: 1 }, partial)
    t.notOk([...first, 'k'].includes(mended!), 'the rest, sent alone')
    t.same(await ids(events[0]!), ['k'], 'one event has the key itself')
    await app.close()
  },
)

t.test('a value is told as it was written', async (t) => {
  const { app, post } = await gateway()
  for (const value of ['5', '""', '["a"]', 'null'])
    t.match((await post(`{"event_type":${value}}`)).rejected[0]!.problems, [
      { path: '/event_type', rule: 'no_event_type', value },
    ])
  await app.close()
})

t.test('too large a body is told with the limit', async (t) => {
  const { app, post } = await gateway()
  t.match(await post(Buffer.alloc(11 << 20, 32)), { status: 413, message: /more than 10485760 bytes/ })
  await app.close()
})

t.test('a body in pieces of one byte is put together, and ends where there are too many', async (t) => {
  const { app } = await gateway()
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { hostname, port } = new URL(address)
  const send = async (body: string) => {
    const socket = net.connect(Number(port), hostname)
    const head = `POST /events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\n`
    const pieces = body.replaceAll(/./g, (one) => `1\r\n${one}\r\n`)
    socket.end(`${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`)
    return text(socket)
  }
  t.match(await send(`{"event_type":"x","id":"${randomUUID()}"}`), / 200 OK.*"taken":1/s)
  t.match(await send(`{"event_type":"x","a":"${'y'.repeat(25_000)}"}`), /BODY_IN_PIECES/)
  await app.close()
})

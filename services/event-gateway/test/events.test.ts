import { gzipSync } from 'node:zlib'
import t from 'tap'
import { build, HEADERS, ORDER, recording, type Answer } from './build.ts'

t.test('one event, an array, lines: each becomes a message, as it was written', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const one = '{"event_type":"x","big":12345678901234567890,"f":1.50}'
  const bodies: [string, string, number][] = [
    ['application/json', one, 1],
    ['application/json; charset=utf-8', ` [${one}, {"event_type":"y"}]`, 2],
    ['application/x-ndjson', `${one}\n\r\n{"event_type":"y"}\n`, 2],
  ]
  for (const [type, payload, count] of bodies) {
    publisher.sent.length = 0
    const response = await app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...HEADERS, 'content-type': type },
      payload,
    })
    t.equal(response.statusCode, 200, type)
    const { taken, events } = response.json<Answer>()
    t.equal(taken, count)
    t.match(events[0], { index: 0, message_id: 'm-0', event_type: 'x', event_id: /^[0-9a-f-]{36}$/ })
    t.match(publisher.sent[0]!.data.toString(), /"big":12345678901234567890/, 'no digit is lost')
    t.match(publisher.sent[0]!.attributes, { event_type: 'x', 'ce-id': events[0]!.event_id, 'ce-type': 'x' })
  }
  await app.close()
})

t.test('packed with gzip, up to the limit when unpacked', async (t) => {
  const publisher = recording()
  const app = await build(publisher, { maxBodyBytes: 10_000 })
  const send = (payload: Buffer, encoding: string) =>
    app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...HEADERS, 'content-encoding': encoding },
      payload,
    })
  t.equal((await send(gzipSync('{"event_type":"x"}'), 'gzip')).statusCode, 200)
  t.equal(publisher.sent[0]!.data.toString(), '{"event_type":"x"}')
  t.match((await send(gzipSync(Buffer.alloc(1e6, 32)), 'gzip')).json(), {
    statusCode: 413,
    code: 'BODY_TOO_LARGE',
  })
  t.match((await send(Buffer.from('{}'), 'gzip')).json(), { statusCode: 400, code: 'NOT_GZIP' })
  t.match((await send(Buffer.from('{}'), 'br')).json(), { statusCode: 415, message: /"br"/ })
  t.equal((await send(Buffer.alloc(20_000, 32), 'identity')).statusCode, 413)
  t.equal(publisher.sent.length, 1)
  await app.close()
})

t.test('bad events are named by place, path, rule and value, and none is taken', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const bad = { ...ORDER, status: 'maybe', items: [] }
  const payload = JSON.stringify([ORDER, bad, { no: 'type' }, 'text'])
  const post = (url: string) => app.inject({ method: 'POST', url, headers: HEADERS, payload })
  const refused = await post('/events')
  t.equal(refused.statusCode, 400)
  t.same(publisher.sent, [])
  const { rejected } = refused.json<Answer>()
  t.match(rejected, [
    {
      index: 1,
      problems: [
        { path: '/status', rule: 'enum', message: /pending, processing/, value: '"maybe"' },
        { path: '/items', rule: 'minItems', value: '[]' },
      ],
    },
    { index: 2, problems: [{ path: '/event_type', rule: 'no_event_type' }] },
    { index: 3, problems: [{ path: '', rule: 'not_an_object' }] },
  ])
  t.match(refused.json(), { taken: 0, code: 'BAD_EVENTS', message: /3 of 4 events are bad; none was taken/ })

  const partial = await post('/events?partial=true')
  t.equal(partial.statusCode, 200)
  t.match(partial.json<Answer>(), { taken: 1, events: [{ index: 0 }], rejected: [{ index: 1 }, {}, {}] })
  t.equal(publisher.sent.length, 1)
  const metrics = await app.inject({ url: '/metrics', headers: HEADERS })
  t.match(metrics.body, /tablestream_events_published_total\{event_type="order"\} 1/)
  t.match(metrics.body, /tablestream_events_refused_total\{rule="enum"\} 2/)
  await app.close()
})

t.test('by the door of a type an event need not name it, and may not name another', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const post = (url: string, payload: object) =>
    app.inject({ method: 'POST', url, headers: HEADERS, payload })
  const { event_type: _, ...order } = ORDER
  t.match((await post('/events/order', order)).json(), { taken: 1, events: [{ event_type: 'order' }] })
  t.match(JSON.parse(publisher.sent[0]!.data.toString()), ORDER)
  const other = await post('/events/order', { ...ORDER, event_type: 'inventory' })
  t.equal(other.statusCode, 400)
  t.match(other.json<Answer>().rejected[0]!.problems, [
    { path: '/event_type', rule: 'const', value: '"inventory"' },
  ])
  const click = {
    event_id: 'e',
    customer_id: 'c',
    event_type: 'click',
    event_timestamp: '2026-01-01T00:00:00Z',
  }
  t.match((await post('/events/user_event', click)).json(), {
    events: [{ event_id: 'e', event_type: 'user_event' }],
  })
  t.match(JSON.parse(publisher.sent[1]!.data.toString()), {
    event_type: 'user_event',
    user_event_type: 'click',
  })
  await app.close()
})

t.test(
  'Idempotency-Key becomes event_id; of several events each has its own; the event’s own id counts first',
  async (t) => {
    const publisher = recording()
    const app = await build(publisher)
    const post = async (payload: object, key: string) =>
      (
        await app.inject({
          method: 'POST',
          url: '/events',
          headers: { ...HEADERS, 'idempotency-key': key },
          payload,
        })
      ).json<Answer>()
    t.match(await post({ event_type: 'x' }, 'k-1'), { events: [{ event_id: 'k-1' }] })
    t.match(await post([{ event_type: 'x' }, { event_type: 'x', event_id: 'own' }], 'k-2'), {
      events: [{ event_id: /^k-2\/[0-9a-f]{32}$/ }, { event_id: 'own' }],
    })
    t.equal(publisher.sent[0]!.attributes['ce-id'], 'k-1')
    t.match(await post({ event_type: 'x' }, 'é'), { statusCode: 400, code: 'IDEMPOTENCY_KEY' })
    await app.close()
  },
)

t.test('when Pub/Sub does not take them the answer is 503, and says what to do', async (t) => {
  const app = await build(recording({ publish: () => Promise.reject(new Error('no such topic')) }))
  const response = await app.inject({
    method: 'POST',
    url: '/events',
    headers: HEADERS,
    payload: { event_type: 'x' },
  })
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '1')
  t.match(response.json(), {
    statusCode: 503,
    code: 'PUBLISH_FAILED',
    message: /send them again/,
    taken: 0,
    events: [],
    not_taken: [{ index: 0, event_id: /./, event_type: 'x' }],
  })
  t.notMatch(response.body, /no such topic/, 'what Pub/Sub says is in the log')
  await app.close()
})

t.test('what Pub/Sub or BigQuery could not take is told before', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  const post = async (payload: object, headers = {}) =>
    (
      await app.inject({ method: 'POST', url: '/events', headers: { ...HEADERS, ...headers }, payload })
    ).json<Answer>()
  t.match((await post({ event_type: 'x'.repeat(2000) })).rejected, [
    { problems: [{ path: '/event_type', rule: 'event_type_too_long' }] },
  ])
  t.match((await post({ event_type: 'x', text: 'y'.repeat(9_500_000) })).rejected, [
    { problems: [{ path: '', rule: 'maxLength', value: /^95/ }] },
  ])
  t.match(await post([]), { statusCode: 400, code: 'NO_EVENTS' })
  t.same(publisher.sent, [])
  await app.close()
})

t.test('a content type that is not known is told with those that are', async (t) => {
  const app = await build(recording())
  const response = await app.inject({
    method: 'POST',
    url: '/events',
    headers: { ...HEADERS, 'content-type': 'text/csv' },
    payload: 'a,b',
  })
  t.equal(response.statusCode, 415)
  t.match(response.json(), { message: /"text\/csv" is not known: application\/json, application\/x-ndjson/ })
  await app.close()
})

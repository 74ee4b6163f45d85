import { createLogger, type OutgoingMessage } from '@tablestream/service-kit'
import t from 'tap'
import { buildApp } from '../src/app.ts'

async function build() {
  const sent: OutgoingMessage[] = []
  const publisher = {
    publish(messages: readonly OutgoingMessage[]) {
      sent.push(...messages)
      return Promise.resolve(messages.map((_, n) => String(n)))
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const app = await buildApp({ logger: createLogger({ service: 'test', level: 'silent' }), publisher })
  return { app, sent }
}

t.test('what a page of another site has a browser send publishes nothing', async (t) => {
  const { app, sent } = await build()
  const post = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/generate/order', headers })).statusCode
  t.equal(await post({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }), 403)
  t.equal(await post({ origin: 'https://evil.example' }), 403)
  t.equal(await post({ origin: 'null' }), 403)
  t.equal(await post({ 'sec-fetch-site': 'same-site' }), 403)
  t.same(sent, [])
  t.equal(await post({}), 200, 'no browser')
  t.equal(
    await post({ 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8080', host: 'localhost:8080' }),
    200,
    'the page of the API',
  )
  t.equal(
    (await app.inject({ url: '/sample/order', headers: { 'sec-fetch-site': 'cross-site' } })).statusCode,
    200,
  )
  await app.close()
})

t.test('tasks are limited in number and in what they ask for together', async (t) => {
  const { app } = await build()
  const start = async (rate: number) => {
    const payload = { events_per_second: rate, duration_minutes: 10 }
    const response = await app.inject({ method: 'POST', url: '/generate/start', payload })
    return response.json<{ statusCode?: number; message?: string; state?: string; task_id: string }>()
  }
  t.match(await start(1), { state: 'running' })
  t.match(await start(100_000), {
    statusCode: 429,
    message: /ask for 1 events a second and this one for 100000/,
  })
  for (let n = 1; n < 20; n++) t.match(await start(1), { state: 'running' })
  t.match(await start(1), { statusCode: 429, message: /20 tasks run already/ })
  await app.inject({ method: 'DELETE', url: '/generate/stop' })
  t.match(await start(1), { state: 'running' })
  await app.close()
})

t.test('the same seed gives other ids with another start, and the same event the same id', async (t) => {
  const { app } = await build()
  const generate = async (url: string, payload?: object) => {
    const response = await app.inject({ method: 'POST', url, ...(payload && { payload }) })
    return response.json<{ events: { event_id: string; event: { event_type: string } }[] }>().events
  }
  const january = 'seed=77&start=2026-01-01T00:00:00Z'
  const orders = await generate(`/generate/order?count=5&${january}`)
  t.same(await generate(`/generate/order?count=5&${january}`), orders)
  const february = await generate('/generate/order?count=5&seed=77&start=2026-02-01T00:00:00Z')
  const ids = new Set([...orders, ...february].map(({ event_id }) => event_id))
  t.equal(ids.size, 10)
  const mixed = await generate('/generate/batch', {
    events: [
      { type: 'order', count: 5 },
      { type: 'inventory', count: 5 },
    ],
    seed: 77,
    start: '2026-01-01T00:00:00Z',
  })
  const pairs = (all: typeof orders) =>
    all.filter(({ event }) => event.event_type === 'order').map(({ event_id, event }) => [event_id, event])
  t.same(pairs(mixed), pairs(orders))
  await app.close()
})

t.test('a body that is no JSON is told where; another content type what is taken', async (t) => {
  const { app } = await build()
  const post = async (payload: string, type: string) =>
    (
      await app.inject({ method: 'POST', url: '/generate/start', payload, headers: { 'content-type': type } })
    ).json<{ message: string }>()
  t.match(await post('{"a":}', 'application/json'), {
    statusCode: 400,
    message: /not JSON: Unexpected token '}'/,
  })
  t.match(await post('a=1', 'text/plain'), { statusCode: 415, message: /"text\/plain".*application\/json/ })
  await app.close()
})

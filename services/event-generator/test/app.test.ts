import { knownType, validateEvent } from '@tablestream/contract'
import { createLogger, type OutgoingMessage, type Publisher } from '@tablestream/service-kit'
import type { JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { SHOP_EVENT_TYPES } from '../src/shop/shop.ts'

function recording(change: Partial<Publisher> = {}): Publisher & { sent: OutgoingMessage[] } {
  const sent: OutgoingMessage[] = []
  return {
    sent,
    publish(messages) {
      sent.push(...messages)
      return Promise.resolve(messages.map((_, index) => String(index)))
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...change,
  }
}

const build = (publisher: Publisher) =>
  buildApp({ logger: createLogger({ service: 'test', level: 'silent' }), publisher })

interface Generated {
  readonly published: number
  readonly events: { message_id: string; event_id: string; event: JsonObject }[]
}

t.test('every type publishes events that its contract allows, and answers with them', async (t) => {
  for (const type of SHOP_EVENT_TYPES) {
    const publisher = recording()
    const app = await build(publisher)
    const response = await app.inject({ method: 'POST', url: `/generate/${type}?count=200` })
    const { published, events } = response.json<Generated>()
    t.equal(published, 200)
    t.ok(knownType(type))
    t.same(
      events.flatMap(({ event }) => validateEvent(type, event)),
      [],
    )
    t.same(
      publisher.sent.map(({ data }) => JSON.parse(data.toString()) as unknown),
      events.map(({ event }) => event),
      'what is answered is what was published',
    )
    t.match(publisher.sent[0]!.attributes, {
      event_type: type,
      'ce-type': type,
      'ce-id': events[0]!.event_id,
    })
    await app.close()
  }
})

t.test('prices add up', async (t) => {
  const app = await build(recording())
  const { events } = (
    await app.inject({ method: 'POST', url: '/generate/order?count=300' })
  ).json<Generated>()
  for (const { event } of events) {
    const items = event['items'] as { quantity: number; price: number }[]
    const total = items.reduce((sum, { quantity, price }) => sum + quantity * Math.round(price * 100), 0)
    if (total !== Math.round(Number(event['total_amount']) * 100))
      t.fail('a total is not the sum of its items')
  }
  t.pass()
  await app.close()
})

t.test('stock moves: before plus change is after, is the next before, and is never negative', async (t) => {
  const app = await build(recording())
  const { events } = (
    await app.inject({ method: 'POST', url: '/generate/inventory?count=5000' })
  ).json<Generated>()
  const shelf = new Map<string, number>()
  let met = 0
  for (const { event } of events) {
    const {
      quantity_before: before,
      quantity_change: change,
      quantity_after: after,
    } = event as Record<string, number>
    const { product_id: product, warehouse_id: warehouse } = event as Record<string, string>
    const place = `${product} ${warehouse}`
    const known = shelf.get(place)
    if (known !== undefined) met++
    if (before! + change! !== after || after < 0 || (known ?? before) !== before)
      t.fail(JSON.stringify(event))
    shelf.set(place, after!)
  }
  t.ok(met > 1000, 'places are met again')
  await app.close()
})

t.test('the same seed and start give the same events', async (t) => {
  const url = '/generate/order?count=20&seed=7&start=2026-01-01T00:00:00Z'
  const [one, two] = await Promise.all(
    [0, 1].map(async () => {
      const app = await build(recording())
      const { events } = (await app.inject({ method: 'POST', url })).json<Generated>()
      await app.close()
      return events
    }),
  )
  t.same(one, two)
})

t.test('a sample is shown and not published', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  for (const type of SHOP_EVENT_TYPES) {
    const response = await app.inject(`/sample/${type}`)
    t.same(validateEvent(type, response.json<JsonObject>()), [])
  }
  t.same(publisher.sent, [])
  await app.close()
})

t.test('a wrong request names what is wrong', async (t) => {
  const app = await build(recording())
  const cases: [string, RegExp][] = [
    ['/generate/nope', /unknown event type "nope"; known types: order, inventory, user_activity/],
    ['/generate/order?count=many', /querystring\/count must be integer, but is "many"/],
    ['/generate/order?count=0', /count must be >= 1, but is 0/],
    ['/generate/order?count=10001', /count must be <= 10000/],
    ['/generate/order?start=today', /start must match format "date-time", but is "today"/],
  ]
  for (const [url, message] of cases) {
    const response = await app.inject({ method: 'POST', url })
    t.equal(response.statusCode, 400, url)
    t.match(response.json(), { message })
  }
  t.equal((await app.inject('/sample/nope')).statusCode, 400)
  await app.close()
})

t.test('when Pub/Sub does not take the events the answer is 503 with the reason', async (t) => {
  const app = await build(recording({ publish: () => Promise.reject(new Error('no such topic')) }))
  const response = await app.inject({ method: 'POST', url: '/generate/order' })
  t.equal(response.statusCode, 503)
  t.match(response.json(), { message: /no such topic/ })
  await app.close()
})

t.test('many events are published in parts, each while the next ones are made', async (t) => {
  const sizes: number[] = []
  const app = await build(
    recording({
      publish: async (messages) => {
        sizes.push(messages.length)
        const answered = sizes.length
        await new Promise((resolve) => setImmediate(resolve))
        return messages.map((_, index) => `${answered}-${index}`)
      },
    }),
  )
  const response = await app.inject({ method: 'POST', url: '/generate/order?count=2500&seed=1' })
  const { published, events } = response.json<Generated>()
  t.equal(published, 2500)
  t.same(sizes, [1000, 1000, 500])
  t.same(
    [0, 999, 1000, 2499].map((index) => events[index]!.message_id),
    ['1-0', '1-999', '2-0', '3-499'],
  )
  await app.close()
})

t.test('a part that Pub/Sub does not take fails the request, and nothing else', async (t) => {
  let calls = 0
  const publish = (messages: readonly OutgoingMessage[]) =>
    calls++ === 0 ? Promise.reject(new Error('no such topic')) : Promise.resolve(messages.map(String))
  const app = await build(recording({ publish }))
  const response = await app.inject({ method: 'POST', url: '/generate/order?count=3000' })
  t.equal(response.statusCode, 503)
  t.match(response.json(), { message: /no such topic/ })
  t.match((await app.inject('/metrics')).body, /^(?!.*events_published_total\{)/s)
  await app.close()
})

t.test('health, readiness and metrics', async (t) => {
  const unreachable = await build(recording({ check: () => Promise.reject(new Error('no topic')) }))
  t.equal((await unreachable.inject('/readiness')).statusCode, 503)
  await unreachable.close()
  const app = await build(recording())
  t.equal((await app.inject('/health')).statusCode, 200)
  t.equal((await app.inject('/liveness')).statusCode, 200)
  t.equal((await app.inject('/readiness')).statusCode, 200)
  await app.inject({ method: 'POST', url: '/generate/order?count=3' })
  t.match((await app.inject('/metrics')).body, /tablestream_events_published_total\{event_type="order"\} 3/)
  t.match((await app.inject('/docs')).headers['content-type'], /text\/html/)
  await app.close()
})

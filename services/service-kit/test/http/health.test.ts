import fastify from 'fastify'
import { Registry } from 'prom-client'
import t from 'tap'
import { health } from '../../src/http/health.ts'

async function open(check: () => Promise<void>) {
  const clock = { now: 0 }
  const app = fastify()
  await app.register(health, {
    service: 'test',
    metrics: new Registry(),
    checks: [{ name: 'topic', check }],
    now: () => clock.now,
  })
  t.teardown(() => app.close())
  return { ready: async () => (await app.inject('/readiness')).statusCode, clock }
}

t.test('whoever asks, what a service needs is looked at once in five seconds', async (t) => {
  let asked = 0
  const { ready, clock } = await open(() => Promise.resolve(void asked++))
  for (let n = 0; n < 50; n++) t.equal(await ready(), 200)
  t.equal(asked, 1)
  clock.now += 4999
  await ready()
  t.equal(asked, 1)
  clock.now += 1
  await ready()
  t.equal(asked, 2)
})

t.test('many at once share one look', async (t) => {
  let asked = 0
  const { ready } = await open(() => {
    asked++
    return new Promise((resolve) => setTimeout(resolve, 50))
  })
  const all = Array.from({ length: 50 }, ready)
  t.same(new Set(await Promise.all(all)), new Set([200]))
  t.equal(asked, 1)
})

t.test('that something is missing holds for a second: a service that starts is ready soon', async (t) => {
  let asked = 0
  let isThere = false
  const { ready, clock } = await open(() => {
    asked++
    return isThere ? Promise.resolve() : Promise.reject(new Error('no such topic'))
  })
  t.equal(await ready(), 503)
  isThere = true
  t.equal(await ready(), 503)
  t.equal(asked, 1)
  clock.now += 1000
  t.equal(await ready(), 200)
  isThere = false
  clock.now += 5000
  t.equal(await ready(), 503)
})

t.test('a look that is never answered is given up after three seconds, and another one made', async (t) => {
  let asked = 0
  const { ready, clock } = await open(() => (asked++ === 0 ? new Promise(() => {}) : Promise.resolve()))
  t.equal(await ready(), 503)
  clock.now += 1000
  t.equal(await ready(), 200)
})

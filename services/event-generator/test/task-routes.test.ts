import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger, type OutgoingMessage } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { SCENARIOS } from '../src/scenarios.ts'
import type { TaskStatus } from '../src/task.ts'

async function build(t: Test) {
  const sent: OutgoingMessage[] = []
  const publisher = {
    publish(messages: readonly OutgoingMessage[]) {
      sent.push(...messages)
      return Promise.resolve(messages.map(String))
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const app = await buildApp({ logger: createLogger({ service: 'test', level: 'silent' }), publisher })
  t.teardown(() => app.close())
  const post = async (url: string, payload?: object) => {
    const response = await app.inject({ method: 'POST', url, ...(payload && { payload }) })
    return { code: response.statusCode, body: response.json<TaskStatus & { message: string }>() }
  }
  return { app, sent, post }
}

t.test('a task publishes what was asked for and finishes', async (t) => {
  const { app, sent, post } = await build(t)
  const { code, body } = await post('/generate/start', {
    events_per_second: 200,
    duration_minutes: 0.01,
    event_types: ['order', 'inventory'],
    seed: 4,
  })
  t.equal(code, 202)
  t.match(body, { state: 'running', events_in_all: 120, duration_seconds: 0.6, asked_events_per_second: 200 })
  const status = async () => (await app.inject(`/generate/status/${body.task_id}`)).json<TaskStatus>()
  for (let i = 0; i < 500 && (await status()).state === 'running'; i++) await sleep(20)
  t.match(await status(), { state: 'finished', published: 120, failed: 0, events_behind: 0 })
  t.equal(sent.length, 120)
  t.same(new Set(sent.map(({ attributes }) => attributes['event_type'])), new Set(['order', 'inventory']))
  const { tasks } = (await app.inject('/generate/status')).json<{ tasks: TaskStatus[] }>()
  t.same(
    tasks.map(({ task_id }) => task_id),
    [body.task_id],
  )
})

t.test('tasks are stopped one by one, or all at once', async (t) => {
  const { app, post } = await build(t)
  const started = []
  for (const name of ['light_demo', 'stress_test', 'everything_wrong'])
    started.push((await post(`/scenarios/${name}/start?seed=1`)).body)
  t.match(started, [
    { scenario: 'light_demo' },
    { scenario: 'stress_test' },
    { scenario: 'everything_wrong' },
  ])
  const stop = (path = '') => app.inject({ method: 'DELETE', url: `/generate/stop${path}` })
  t.match((await stop(`/${started[1]!.task_id}`)).json(), { state: 'stopped', scenario: 'stress_test' })
  t.equal((await stop()).json<{ stopped: TaskStatus[] }>().stopped.length, 2)
  t.same((await stop()).json(), { stopped: [] })
})

t.test('every scenario tells what it does', async (t) => {
  const { app } = await build(t)
  const { scenarios } = (await app.inject('/scenarios')).json<{
    scenarios: { name: string; events: number }[]
  }>()
  t.same(
    scenarios.map(({ name }) => name),
    Object.keys(SCENARIOS),
  )
  for (const wanted of [
    'light_demo',
    'moderate_load',
    'heavy_load',
    'burst_test',
    'sustained_demo',
    'stress_test',
  ])
    t.ok(Object.hasOwn(SCENARIOS, wanted), wanted)
  t.match((await app.inject('/scenarios/burst_test')).json(), {
    name: 'burst_test',
    duration_seconds: 300,
    events: 26_250,
    phases: [{ seconds: 50, events_per_second: 5 }],
  })
})

t.test('one event, and a batch of several types', async (t) => {
  const { sent, post } = await build(t)
  t.match((await post('/generate/single/order')).body, {
    published: 1,
    events: [{ event: { event_type: 'order' } }],
  })
  const events = [
    { type: 'order', count: 2 },
    { type: 'inventory', count: 3 },
  ]
  t.match((await post('/generate/batch', { events, seed: 1 })).body, { published: 5 })
  t.equal(sent.length, 6)
  const many = [
    { type: 'order', count: 9999 },
    { type: 'order', count: 2 },
  ]
  t.match((await post('/generate/batch', { events: many })).body, {
    message: /10001 events are too many, 10000/,
  })
})

t.test('what is not known is told with what is', async (t) => {
  const { app, post } = await build(t)
  const start = (change: object) => post('/generate/start', { events_per_second: 1, ...change })
  const cases: [{ code: number; body: object }, number, RegExp][] = [
    [await start({ event_types: ['nope'] }), 400, /unknown event type "nope"; known types: order, inventory/],
    [await start({ events_per_minute: 1 }), 400, /either events_per_second or events_per_minute/],
    [await post('/generate/start', {}), 400, /either events_per_second or events_per_minute/],
    [await start({ events_per_second: 0 }), 400, /events_per_second must be > 0, but is 0/],
    [await start({ trouble: { new_field: 0.3, late: 0.3 } }), 400, /add up to 0.6, 0.5 is the limit/],
    [await start({ duration_minutes: 'long' }), 400, /duration_minutes must be number, but is "long"/],
    [await post('/scenarios/nope/start'), 404, /unknown scenario "nope"; known scenarios: quick_sample/],
    [await post('/generate/batch', { events: [{ type: 'nope' }] }), 400, /unknown event type "nope"/],
  ]
  for (const [{ code, body }, wanted, message] of cases) {
    t.equal(code, wanted)
    t.match(body, { message })
  }
  t.match((await app.inject('/scenarios/nope')).json(), { statusCode: 404, message: /known scenarios/ })
  t.match((await app.inject('/generate/status/nope')).json(), {
    statusCode: 404,
    message: /this one knows: none/,
  })
  t.equal((await app.inject({ method: 'DELETE', url: '/generate/stop/nope' })).statusCode, 404)
})

import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { poll } from '../../../scripts/poll.ts'
import { buildApp } from '../src/app.ts'
import { createDeduplicatedViews } from '../src/beside/deduplicated-views.ts'
import { fieldsOfColumns } from '../src/bigquery/table-fields.ts'
import type { Tables } from '../src/tables.ts'

const headers = {
  'content-type': 'application/json',
  'ce-id': '1',
  'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  'ce-time': '2026-01-01T00:00:00Z',
}
const body = (data: string) => ({
  subscription: 's',
  message: {
    data: Buffer.from(data).toString('base64'),
    messageId: '1',
    publishTime: '2026-01-01T00:00:00Z',
  },
})

async function post(tables: Partial<Tables>, payload: object, sent: Record<string, string> = headers) {
  const app = await buildApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    tables: tables as Tables,
    policies: parsePolicies(''),
    cacheMs: 0,
  })
  const response = await app.inject({ method: 'POST', url: '/', headers: sent, payload })
  await app.close()
  return response
}

const working: Partial<Tables> = {
  read: () => Promise.resolve(undefined),
  create: (_destination, columns) =>
    Promise.resolve({
      outcome: 'done',
      state: {
        columns,
        etag: '1',
        fields: fieldsOfColumns(columns),
        primaryKey: [],
        isPartitioned: true,
        requiresPartitionFilter: false,
        createdAt: 0,
        modifiedAt: 0,
      },
    }),
}

t.test('an event is answered 204 when its table is there', async (t) => {
  t.equal((await post(working, body('{"event_type":"x","a":1}'))).statusCode, 204)
})

t.test('attributes that are null are none', async (t) => {
  const { message } = body('{"event_type":"x","a":1}')
  t.equal((await post(working, { message: { ...message, attributes: null } })).statusCode, 204)
})

t.test('a message that can never be a row is taken, so that it does not come again', async (t) => {
  const deep = `{"event_type":"x","v":${'['.repeat(5000)}${']'.repeat(5000)}}`
  const longType = `{"event_type":"${'A'.repeat(200_000)}"}`
  for (const data of ['not json', '[]', '{}', '{"event_type":"order"}', deep, longType]) {
    t.equal((await post({}, body(data))).statusCode, 204, data.slice(0, 30))
  }
})

t.test('what may work later is asked for again', { timeout: 480_000 }, async (t) => {
  const down = Object.assign(new Error('down'), { code: 503 })
  const response = await post({ read: () => Promise.reject(down) }, body('{"event_type":"x"}'))
  t.equal(response.statusCode, 503)
  t.match(response.json(), { error: 'down' })
})

t.test('a request that is no delivery is told what is wrong with it', async (t) => {
  const cases: [Record<string, string>, object, RegExp][] = [
    [{}, body('{}'), /ce-id is missing/],
    [{ ...headers, 'ce-type': 'other' }, body('{}'), /ce-type is other/],
    [{ ...headers, 'ce-specversion': '0.3' }, body('{}'), /ce-specversion is 0.3/],
    [headers, {}, /no message/],
    [headers, { message: { data: '***', messageId: '1' } }, /no base64/],
    [headers, { message: { data: '' } }, /messageId is missing/],
    [headers, { message: { messageId: '1', attributes: ['x'] } }, /attributes is no object of texts/],
    [headers, { message: { messageId: '1', attributes: { a: 1 } } }, /attributes is no object of texts/],
  ]
  for (const [sent, payload, wanted] of cases) {
    const response = await post({}, payload, sent)
    t.equal(response.statusCode, 400)
    t.match(response.json(), { error: wanted })
  }
})

t.test('readiness tells the truth', async (t) => {
  const check = () => Promise.reject(new Error('no such dataset'))
  const app = await buildApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    tables: { check } as unknown as Tables,
    policies: parsePolicies(''),
    cacheMs: 0,
  })
  const response = await app.inject('/readiness')
  t.equal(response.statusCode, 503)
  t.match(response.json(), { checks: [{ name: 'dataset', status: 'failed', reason: 'no such dataset' }] })
  await app.close()
})

/** An app that keeps views, and waits for `view` to have one. */
async function appWithViews(t: Test, view: Promise<unknown>, besideMs = 60_000) {
  const logger = createLogger({ service: 'test', level: 'silent' })
  const asked: string[] = []
  const keepView = async (name: string) => {
    asked.push(name)
    await view
  }
  const tables = { ...working, keepView } as Tables
  const views = createDeduplicatedViews(tables, 'p.d', logger)
  const policies = parsePolicies('')
  const app = await buildApp({ logger, tables, policies, cacheMs: 0, views, besideMs })
  t.teardown(() => app.close())
  /** Statuses, as they are answered. */
  const answers: number[] = []
  const ask = async (eventType: string) => {
    const payload = body(`{"event_type":"${eventType}","a":1}`)
    const { statusCode } = await app.inject({ method: 'POST', url: '/', headers, payload })
    answers.push(statusCode)
  }
  return { app, asked, answers, ask }
}

t.test('an answer about a new table comes after its view, but does not wait for long', async (t) => {
  const view = Promise.withResolvers<void>()
  const impatient = await appWithViews(t, view.promise, 1)
  await impatient.ask('x')
  t.same(impatient.answers, [204], 'a view that does not come')
  const { asked, answers, ask } = await appWithViews(t, view.promise)
  const answered = ask('x')
  await poll(async () => asked.length > 0 || undefined, { timeoutMs: 60_000, what: 'the view' })
  t.same(answers, [])
  view.resolve()
  await answered
  t.same(answers, [204])
})

t.test(
  'of many new tables only the last answer waits for views: the others make room for more',
  async (t) => {
    const view = Promise.withResolvers<void>()
    const { answers, ask } = await appWithViews(t, view.promise)
    const requests = Array.from({ length: 5 }, (_, n) => ask(`x${n}`))
    await poll(async () => answers.length === 4 || undefined, { timeoutMs: 60_000, what: 'four answers' })
    t.same(answers, [204, 204, 204, 204])
    view.resolve()
    await Promise.all(requests)
    t.equal(answers.length, 5)
  },
)

t.test('a service that ends waits for no view in a request: what is being done has the time', async (t) => {
  const view = Promise.withResolvers<void>()
  const { app, asked, answers, ask } = await appWithViews(t, view.promise)
  const answered = ask('x')
  await poll(async () => asked.length > 0 || undefined, { timeoutMs: 60_000, what: 'the view' })
  t.same(answers, [])
  const closed = app.close()
  await answered
  t.same(answers, [204])
  view.resolve()
  await closed
})

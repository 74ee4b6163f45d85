import t from 'tap'
import { build, tokenOf } from '../build.ts'

const CHANGING = [
  { method: 'POST', url: '/api/send', body: { text: '{}' } },
  { method: 'POST', url: '/api/generator/start', body: {} },
  { method: 'POST', url: '/api/generator/stop', body: {} },
  { method: 'POST', url: '/api/generator/publish', body: { event_type: 'order' } },
  { method: 'POST', url: '/api/generator/scenarios/a/start', body: undefined },
  { method: 'PUT', url: '/api/faults', body: { rules: [] } },
  { method: 'POST', url: '/api/dead-letters/replay', body: { ids: ['1'] } },
  { method: 'DELETE', url: '/api/dead-letters/replay/1', body: undefined },
] as const

t.test('what changes something is refused without the token, and with another one', async (t) => {
  const { app, calls, replayed } = await build(t)
  for (const { method, url, body } of CHANGING)
    for (const headers of [{}, { 'x-console-token': 'x'.repeat(43) }]) {
      const answer = await app.inject({ method, url, headers, ...(body && { payload: body }) })
      t.equal(answer.statusCode, 403, `${method} ${url}`)
      t.match(answer.json(), { code: 'NO_TOKEN' })
    }
  t.same([calls, replayed], [[], []], 'nothing was done')
})

t.test('every route that is no GET only reads, or needs the token', async (t) => {
  const { app } = await build(t)
  const reading = ['/api/events/find', '/api/judge', '/api/sql', '/api/dead-letters/replay/preview']
  const document = (await app.inject('/docs/json')).json<{ paths: Record<string, Record<string, unknown>> }>()
  const others = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get' && !reading.includes(path))
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'x')}`),
  )
  t.equal(others.length, CHANGING.length)
  for (const each of others) {
    const [method, url] = each.split(' ') as ['POST', string]
    const answer = await app.inject({
      method,
      url,
      payload: { text: 'x', event_type: 'x', rules: [], ids: ['1'] },
    })
    t.match([answer.statusCode, answer.json()], [403, { code: 'NO_TOKEN' }], each)
  }
})

t.test('with the token, what a setting forbids is refused all the same', async (t) => {
  const { app, calls, replayed } = await build(t, {
    settings: { mayReplay: false, maySend: false, faultsUrl: '' },
  })
  const headers = { 'x-console-token': await tokenOf(app) }
  for (const { method, url, body } of CHANGING) {
    const answer = await app.inject({ method, url, headers, ...(body && { payload: body }) })
    t.match([answer.statusCode, answer.json()], [403, { code: 'NOT_ALLOWED' }], `${method} ${url}`)
  }
  t.same([calls, replayed], [[], []], 'nothing was done')
})

t.test('a page of another origin learns nothing and changes nothing', async (t) => {
  const { app, calls } = await build(t)
  const token = await tokenOf(app)
  const foreign = [
    { host: 'evil.example' },
    { host: 'evil.example:8090' },
    { host: 'localhost:8090', origin: 'http://evil.example' },
    { host: 'localhost:8090', origin: 'http://localhost:3000' },
    { host: 'localhost:8090', origin: 'null' },
    { host: 'localhost:8090', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { host: 'localhost:8090', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    {
      host: 'localhost:8090',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    },
  ]
  for (const headers of foreign) {
    for (const url of ['/api/session', '/api/flow', '/api/dead-letters', '/'])
      t.equal((await app.inject({ url, headers })).statusCode, 403, `${url} ${JSON.stringify(headers)}`)
    const answer = await app.inject({
      method: 'POST',
      url: '/api/send',
      headers: { ...headers, 'x-console-token': token },
      payload: { text: '{}' },
    })
    t.equal(answer.statusCode, 403, JSON.stringify(headers))
  }
  const form = { 'content-type': 'text/plain', 'x-console-token': token }
  t.equal(
    (await app.inject({ method: 'POST', url: '/api/send', headers: form, payload: '{"text":"{}"}' }))
      .statusCode,
    415,
  )
  t.same(calls, [])
})

t.test('its own page may, and a link from elsewhere opens it', async (t) => {
  const { app, calls } = await build(t, { settings: { hosts: ['console.example'] } })
  const headers = {
    'x-console-token': await tokenOf(app),
    host: 'console.example',
    origin: 'https://console.example',
    'sec-fetch-site': 'same-origin',
  }
  t.equal(
    (await app.inject({ method: 'POST', url: '/api/send', headers, payload: { text: '{}' } })).statusCode,
    200,
  )
  t.same(calls, ['POST http://gateway/events'])
  const link = {
    host: 'localhost:8090',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  for (const url of ['/', '/?a', '/docs/'])
    t.equal((await app.inject({ url, headers: link })).statusCode, 200, url)
  for (const url of [
    '/api/sql/download?sql=SELECT%201',
    '/api/session',
    '/api/flow',
    '/docs/json',
    '/api/reconcile',
  ])
    t.equal((await app.inject({ url, headers: link })).statusCode, 403, `it opens no ${url}`)
})

t.test('a name with a star means all that end so, and nothing that only looks alike', async (t) => {
  const { app } = await build(t, { settings: { hosts: ['*.run.app'] } })
  const answers = async (host: string) =>
    (await app.inject({ url: '/api/session', headers: { host } })).statusCode
  for (const host of ['console-123.us-central1.run.app', 'Console-abc-uc.a.run.app', 'localhost'])
    t.equal(await answers(host), 200, host)
  for (const host of ['run.app', 'evilrun.app', 'console.run.app.evil.example', '*.run.app.evil'])
    t.equal(await answers(host), 403, host)
})

t.test("through Google's proxy the page is one of this machine, by the browser's own word", async (t) => {
  const { app } = await build(t, { settings: { hosts: ['*.run.app'] } })
  const token = await tokenOf(app)
  const sends = async (origin: string, site?: string, host = 'console-1.us-central1.run.app') => {
    const headers = {
      host,
      origin,
      'x-console-token': token,
      ...(site !== undefined && { 'sec-fetch-site': site }),
    }
    const answer = await app.inject({ method: 'POST', url: '/api/send', headers, payload: { text: '{}' } })
    return answer.statusCode
  }
  for (const origin of ['http://localhost:8090', 'http://127.0.0.1:8090', 'http://[::1]:8090'])
    t.equal(await sends(origin, 'same-origin'), 200, origin)
  t.equal(await sends('http://localhost:3000', 'same-site'), 403, 'another page of this machine')
  t.equal(await sends('http://localhost:3000'), 403, 'a browser that says nothing')
  t.equal(
    await sends('http://evil.example:8090', 'same-origin'),
    403,
    'a foreign name that was pointed at the proxy',
  )
  t.equal(await sends('https://evil-1.us-central1.run.app', 'same-origin'), 403, 'another service')
  t.equal(await sends('http://localhost:3000', 'same-origin', 'localhost:8090'), 403, 'no proxy')
})

t.test('no answer may be taken for another type, or shown in a frame', async (t) => {
  const { app } = await build(t)
  const { headers } = await app.inject('/api/session')
  t.match(headers, {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  })
  t.equal(headers['access-control-allow-origin'], undefined)
})

t.test('the page and the description of the API run no script of anybody else', async (t) => {
  const files = new Map([['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') }]])
  const { app } = await build(t, { page: { files, policy: "default-src 'none'" } })
  const page = await app.inject('/')
  t.match(page.headers, {
    'content-security-policy': "default-src 'none'",
    'content-type': 'text/html; charset=utf-8',
  })
  t.equal(page.body, '<!doctype html>')
  const { headers } = await app.inject('/docs/')
  t.match(headers['content-security-policy'], /script-src 'self'/)
})

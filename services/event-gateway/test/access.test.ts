import { Writable } from 'node:stream'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { parseApiKeys } from '../src/api-keys.ts'
import { build, hashOf, HEADERS, KEY, recording } from './build.ts'

const POST = { method: 'POST', url: '/events', payload: { event_type: 'x' } } as const

t.test('without a key that is known nothing is open but health and the description', async (t) => {
  const publisher = recording()
  const app = await build(publisher)
  for (const headers of [
    {},
    { 'x-api-key': 'other' },
    { authorization: `Bearer ${KEY}` },
    { 'x-api-key': '' },
  ]) {
    const response = await app.inject({ ...POST, headers })
    t.equal(response.statusCode, 401)
    t.notMatch(response.body, KEY)
  }
  t.equal((await app.inject('/metrics')).statusCode, 401)
  t.equal((await app.inject('/nothing')).statusCode, 401)
  for (const url of ['/health', '/liveness', '/readiness', '/docs', '/docs/json'])
    t.equal((await app.inject(url)).statusCode, 200, url)
  t.same(publisher.sent, [])
  t.equal((await app.inject({ ...POST, headers: HEADERS })).statusCode, 200)
  await app.close()
})

t.test('an identity token of somebody who may is as good', async (t) => {
  const app = await build(recording(), {
    verifyToken: (token) =>
      token.startsWith('good ') ? Promise.resolve(token.slice(5)) : Promise.reject(new Error(token)),
    emails: new Set(['robot@example.com']),
  })
  const status = async (token: string) =>
    (await app.inject({ ...POST, headers: { authorization: `Bearer ${token}` } })).statusCode
  t.equal(await status('good robot@example.com'), 200)
  t.equal(await status('good other@example.com'), 403)
  t.equal(await status('bad'), 401)
  await app.close()
})

t.test('each caller has a limit of its own', async (t) => {
  const keys = parseApiKeys(
    JSON.stringify({
      small: { sha256: hashOf('s'), requests_per_minute: 2 },
      large: { sha256: hashOf('l') },
    }),
  )
  const app = await build(recording(), { keys, requestsPerMinute: 5 })
  const send = (key: string) => app.inject({ ...POST, headers: { 'x-api-key': key } })
  const codes = async (key: string, count: number) => {
    const found: number[] = []
    for (let n = 0; n < count; n++) found.push((await send(key)).statusCode)
    return found
  }
  t.same(await codes('s', 3), [200, 200, 429])
  t.same(await codes('l', 6), [200, 200, 200, 200, 200, 429])
  t.ok(Number((await send('s')).headers['retry-after']) > 0)
  t.equal((await app.inject('/health')).statusCode, 200)
  await app.close()
})

t.test('what finds no room is told so before it is read', async (t) => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const app = await build(recording({ publish: (all) => held.then(() => all.map(String)) }), {
    maxHeldBytes: 30,
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const send = () =>
    fetch(`${address}/events`, { method: 'POST', headers: HEADERS, body: '{"event_type":"x"}' })
  const first = send()
  let second = await send()
  for (let i = 0; i < 100 && second.status !== 503; i++) second = await send()
  t.equal(second.status, 503)
  t.match(await second.json(), { code: 'BUSY' })
  release()
  t.equal((await first).status, 200)
  t.equal((await send()).status, 200, 'there is room again')
  await app.close()
})

t.test('keys that are not quite right are named, never shown', (t) => {
  const secret = hashOf('secret')
  const cases: [string, RegExp][] = [
    ['{', /API_KEYS is no JSON/],
    ['[]', /not an object/],
    ['{"a":{"sha256":"plain text"}}', /a\/sha256 must match pattern/],
    [`{"a":{"sha256":"${secret}","limit":1}}`, /a.*additional/],
    [`{"a":{"sha256":"${secret}"},"b":{"sha256":"${secret}"}}`, /b and a have the same key/],
  ]
  for (const [text, message] of cases) {
    t.throws(() => parseApiKeys(text), { message })
    try {
      parseApiKeys(text)
    } catch (error) {
      t.notMatch((error as Error).message, secret)
    }
  }
  t.end()
})

t.test(
  'no key, no token and no value of an event is in a log; the request id is, and in the answer',
  async (t) => {
    const lines: string[] = []
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString())
        done()
      },
    })
    const logger = createLogger({ service: 'test', level: 'trace', stream })
    const failing = recording({ publish: () => Promise.reject(new Error('no topic')) })
    const app = await build(failing, { logger, verifyToken: (token) => Promise.reject(new Error(token)) })
    const personal = { event_type: 'x', email: 'somebody@example.com' }
    const response = await app.inject({
      ...POST,
      payload: personal,
      headers: { ...HEADERS, 'x-request-id': 'r-1' },
    })
    t.equal(response.headers['x-request-id'], 'r-1')
    await app.inject({ ...POST, headers: { authorization: 'Bearer secret-token' } })
    await app.inject({ ...POST, payload: { ...personal, event_type: '' }, headers: HEADERS })
    t.match(lines.join(''), /"request_id":"r-1"/)
    for (const secret of [KEY, 'secret-token', 'somebody@example.com']) t.notMatch(lines.join(''), secret)
    const odd = await app.inject({ ...POST, headers: { ...HEADERS, 'x-request-id': 'a b' } })
    t.match(odd.headers['x-request-id'], /^[0-9a-f-]{36}$/)
    await app.close()
  },
)

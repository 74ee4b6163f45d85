import { once } from 'node:events'
import net from 'node:net'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { createLogger } from '@tablestream/service-kit'
import { OAuth2Client } from 'google-auth-library'
import t from 'tap'
import { parseApiKeys } from '../../src/access/api-keys.ts'
import { emailsOf } from '../../src/config.ts'
import { googleTokens } from '../../src/access/identity-tokens.ts'
import { build, hashOf, HEADERS, KEY, recording } from '../build.ts'
import { cloudRun } from '../cloud-run.ts'

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

t.test('who has all the room that one may have is told so; others have theirs', async (t) => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const keys = parseApiKeys(
    JSON.stringify({ greedy: { sha256: hashOf('g') }, modest: { sha256: hashOf('m') } }),
  )
  const logged: string[] = []
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(line.toString())
      done()
    },
  })
  const app = await build(recording({ publish: (all) => held.then(() => all.map(String)) }), {
    keys,
    maxHeldBytes: 60,
    logger: createLogger({ service: 'test', level: 'warn', stream }),
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const send = (key: string) =>
    fetch(`${address}/events`, {
      method: 'POST',
      headers: { ...HEADERS, 'x-api-key': key },
      body: '{"event_type":"x"}',
    })
  const first = send('g')
  let second = await Promise.race([first, send('g')])
  for (let i = 0; i < 100 && second.status !== 503; i++) second = await send('g')
  t.equal(second.status, 503)
  t.equal(second.headers.get('retry-after'), '1')
  t.match(await second.json(), { code: 'BUSY' })
  t.same(logged, [], 'that is no fault of the gateway’s')
  const other = send('m')
  release()
  t.equal((await other).status, 200, 'another caller')
  t.equal((await first).status, 200)
  t.equal((await send('g')).status, 200, 'there is room again')
  await app.close()
})

t.test('who closes its connection has its place until Pub/Sub has its events', async (t) => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let asked: () => void = () => {}
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const publish = async (all: readonly unknown[]) => {
    asked()
    await held
    return all.map(String)
  }
  // one caller may have one of four
  const app = await build(recording({ publish }), { maxRequests: 4 })
  t.teardown(() => app.close())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { hostname, port } = new URL(address)
  const accepted = once(app.server, 'connection') as Promise<[net.Socket]>
  const body = '{"event_type":"x"}'
  const socket = net.connect(Number(port), hostname)
  socket.write(
    `POST /events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  const [served] = await accepted
  await isAsked
  const closed = once(served, 'close')
  socket.destroy()
  await closed
  const send = () => fetch(`${address}/events`, { method: 'POST', headers: HEADERS, body })
  t.match(await (await send()).json(), { code: 'BUSY' }, 'its events wait here')
  release()
  t.equal((await send()).status, 200, 'there is room again')
})

t.test('of one caller 64 requests wait for their turn, beside another one who has as many', async (t) => {
  const keys = { one: { sha256: hashOf('one') }, other: { sha256: hashOf('other') } }
  const app = await build(recording(), {
    keys: parseApiKeys(JSON.stringify(keys)),
    maxRequests: 1000,
    requestsPerMinute: 60_000,
  })
  t.teardown(() => app.close())
  const send = (key: string) =>
    app.inject({
      method: 'POST',
      url: '/events',
      headers: { ...HEADERS, 'x-api-key': key },
      payload: '{"event_type":"x"}',
    })
  await app.ready()
  // all of them come at one moment, on a slow machine as well
  const moment = performance.now()
  performance.now = () => moment
  t.teardown(() => Reflect.deleteProperty(performance, 'now'))
  const all = Array.from({ length: 160 }, () => send('one'))
  const others = Array.from({ length: 80 }, () => send('other'))
  await new Promise(setImmediate)
  Reflect.deleteProperty(performance, 'now')
  const answers = await Promise.all(all)
  const statuses = answers.map(({ statusCode }) => statusCode)
  t.same(new Set(statuses), new Set([200, 503]))
  // sixteen at once, and those that may wait
  t.equal(statuses.filter((status) => status === 200).length, 16 + 64)
  t.match(answers.at(-1)?.json(), { code: 'BUSY' })
  t.equal(answers.at(-1)?.headers['retry-after'], '1')
  const given = (await Promise.all(others)).map(({ statusCode }) => statusCode)
  t.same(new Set(given), new Set([200]), 'who sends 80 at once is refused none of them')
})

t.test('who goes while it waits for its turn takes no place with it', async (t) => {
  // one caller may have two of eight
  const app = await build(recording(), { maxRequests: 8 })
  t.teardown(() => app.close())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { hostname, port } = new URL(address)
  // the first sixteen have their turn at once, the others milliseconds later
  const sockets = Array.from({ length: 60 }, () => net.connect(Number(port), hostname))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (const socket of sockets)
    socket.write(
      `POST /events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{`,
      () => socket.destroy(),
    )
  const send = async () =>
    (await fetch(`${address}/events`, { ...POST, headers: HEADERS, body: '{"event_type":"x"}' })).status
  let status = 503
  for (let n = 0; n < 50 && status !== 200; n++) status = await send()
  t.equal(status, 200)
})

t.test('who does not read answers has no room for more of them, and others have theirs', async (t) => {
  const keys = parseApiKeys(
    JSON.stringify({ greedy: { sha256: hashOf('g') }, modest: { sha256: hashOf('m') } }),
  )
  const app = await build(recording(), { keys, maxBodyBytes: 40 << 20, maxHeldBytes: 128 << 20 })
  t.teardown(() => app.close())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { hostname, port } = new URL(address)
  // forty kilobytes, and the answer says the ids: more than the system takes of what nobody reads
  const events = [1, 2, 3, 4].map((n) => ({ event_type: 'x', event_id: `${n}`.repeat(8_900_000) }))
  const body = gzipSync(JSON.stringify(events))
  const socket = net.connect(Number(port), hostname)
  socket.write(
    `POST /events HTTP/1.1\r\nHost: x\r\nX-API-Key: g\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  const send = async (key: string) => {
    const headers = { ...HEADERS, 'x-api-key': key, 'content-encoding': 'gzip' }
    const response = await fetch(`${address}/events`, { method: 'POST', headers, body: new Uint8Array(body) })
    await response.arrayBuffer()
    return response.status
  }
  const [first] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  t.match(first.toString(), /^HTTP\/1.1 200 /)
  t.equal(await send('g'), 503)
  t.equal(await send('m'), 200)
  socket.destroy()
  let status = 503
  for (let n = 0; n < 50 && status !== 200; n++) status = await send('g')
  t.equal(status, 200, 'there is room again')
})

t.test('bodies that are promised and not sent take no room from anybody', async (t) => {
  const app = await build(recording(), { maxHeldBytes: 20 << 20 })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const { hostname, port } = new URL(address)
  const sockets = Array.from({ length: 20 }, () => net.connect(Number(port), hostname))
  // what is packed is small, and may become as large; so may what says no length
  const packed = gzipSync('{"event_type":"x"}')
  const said = ['Content-Length: 10485760', 'Content-Encoding: gzip\r\nTransfer-Encoding: chunked']
  for (const [index, socket] of sockets.entries()) {
    socket.write(
      `POST /events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\n${said[index % 2]}\r\n\r\n`,
    )
    socket.write(index % 2 === 0 ? '{' : `${packed.length.toString(16)}\r\n`)
    if (index % 2 === 1) socket.write(Buffer.concat([packed, Buffer.from('\r\n')]))
  }
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (let n = 0; n < 20; n++) {
    const response = await fetch(`${address}/events`, {
      method: 'POST',
      headers: HEADERS,
      body: '{"event_type":"x"}',
    })
    t.equal(response.status, 200)
  }
  // and one of them after the other ends
  for (const socket of sockets.filter((_, index) => index % 2 === 1)) {
    socket.write('0\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    t.match(answer.toString(), /^HTTP\/1.1 200 /)
  }
  for (const socket of sockets) socket.destroy()
  await app.close()
})

t.test('behind Cloud Run a token comes in two headers, and who sends one is told so', async (t) => {
  const verified: string[] = []
  const app = await build(recording(), {
    verifyToken(token) {
      verified.push(token)
      return token === 'head.claims.good' ? Promise.resolve('robot@example.com') : Promise.reject(new Error())
    },
    emails: new Set(['robot@example.com']),
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const front = await cloudRun(address, 'head.claims.good')
  const send = async (headers: Record<string, string>) => {
    const response = await fetch(`${front.url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"event_type":"x"}',
    })
    return { status: response.status, text: await response.text() }
  }
  const token = 'Bearer head.claims.good'
  t.equal((await send({})).status, 403, 'Cloud Run lets nobody in without one')
  const one = await send({ authorization: token })
  t.equal(one.status, 401)
  t.match(one.text, /X-Serverless-Authorization/)
  t.same(verified, [], 'what has no signature is not even looked at')
  t.equal((await send({ authorization: token, 'x-serverless-authorization': token })).status, 200)
  t.equal((await send({ authorization: 'Bearer no', 'x-serverless-authorization': token })).status, 401)
  t.equal((await send({ 'x-api-key': KEY, authorization: token })).status, 200, 'a key needs one token only')
  await front.close()
  await app.close()
})

t.test('where no certificates can be had the answer is 503: the token may be good', async (t) => {
  const client = new OAuth2Client()
  client.getFederatedSignonCertsAsync = () => Promise.reject(new Error('no route to googleapis.com'))
  const app = await build(recording(), {
    verifyToken: googleTokens('audience', client),
    emails: new Set(['robot@example.com']),
  })
  const response = await app.inject({ ...POST, headers: { authorization: 'Bearer a.b.c' } })
  t.match(response.json(), { statusCode: 503, code: 'NO_CERTIFICATES' })
  t.notMatch(response.body, /googleapis/)
  await app.close()
})

t.test('an empty list of addresses holds none', (t) => {
  t.same([...emailsOf('')], [])
  t.same([...emailsOf(' a@b , ,c@d')], ['a@b', 'c@d'])
  t.end()
})

t.test('while a key is changed both are the same caller, with one share of limits and one identity', (t) => {
  const keys = parseApiKeys(
    JSON.stringify({ shop: { sha256: hashOf('new'), old_sha256: hashOf('old').toUpperCase() } }),
  )
  t.match(keys.callerOf('new'), { name: 'shop' })
  t.equal(keys.callerOf('old'), keys.callerOf('new'))
  t.equal(keys.callerOf('older'), undefined)
  t.end()
})

t.test('a field that no key has stops nothing, and is named', (t) => {
  const key = (more: object) => ({ sha256: hashOf('k'), requests_per_minute: 7, ...more })
  const keys = parseApiKeys(JSON.stringify({ shop: key({ requests_per_minut: 1, constructor: 2 }) }))
  t.match(keys.callerOf('k'), { name: 'shop', requestsPerMinute: 7 })
  t.same(keys.ignored, ['shop/requests_per_minut', 'shop/constructor'])
  t.same(parseApiKeys(JSON.stringify({ shop: key({}) })).ignored, [])
  t.end()
})

t.test('keys that are not quite right are named, never shown', (t) => {
  const secret = hashOf('secret')
  const cases: [string, RegExp][] = [
    ['{', /API_KEYS is no JSON/],
    ['[]', /not an object/],
    ['{"a":{"sha256":"plain text"}}', /a\/sha256 must match pattern/],
    [`{"a":{"sha256":"${secret}","old_sha256":"plain"}}`, /a\/old_sha256 must match pattern/],
    [`{"a b":{"sha256":"${secret}"}}`, /"a b" must have .* no blank/],
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

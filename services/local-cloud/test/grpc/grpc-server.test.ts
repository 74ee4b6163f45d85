import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { deflateSync, gzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import fc from 'fast-check'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { echoServer, framed, type Echo } from './echo-server.ts'

const identity = (bytes: Buffer): Buffer => bytes

/** The client that Google's are made of. */
function clientOf(t: { teardown(done: () => unknown): void }, { port }: Echo): grpc.Client {
  const options = { 'grpc.max_receive_message_length': -1 }
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options)
  t.teardown(() => client.close())
  return client
}

function unary(client: grpc.Client, name: string, message: Buffer, options: grpc.CallOptions = {}) {
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(
      `/echo/${name}`,
      identity,
      identity,
      message,
      new grpc.Metadata(),
      options,
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    )
  })
}

/** A request without a client of gRPC: what comes back, as HTTP/2 has it. */
async function raw(t: { teardown(done: () => unknown): void }, echo: Echo, headers: object, body: Buffer) {
  const session = http2.connect(`http://127.0.0.1:${echo.port}`)
  t.teardown(() => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/echo/Unary',
    'content-type': 'application/grpc',
    ...headers,
  })
  const answer: Record<string, unknown> = {}
  stream.on('response', (more) => Object.assign(answer, more))
  stream.on('trailers', (more) => Object.assign(answer, more))
  const parts: Buffer[] = []
  stream.on('data', (part: Buffer) => parts.push(part))
  stream.end(body)
  await new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('end', resolve)
  })
  return { ...answer, body: Buffer.concat(parts) }
}

t.test('messages of any size come back as they went, one by one and in streams', async (t) => {
  const echo = await echoServer(t)
  const client = clientOf(t, echo)
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(40_000), fc.nat(3_000_000)), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      const messages = all.map((size, at) => Buffer.alloc(size, at + 65))
      const answers = await Promise.all(messages.map((message) => unary(client, 'Unary', message)))
      assert.ok(answers.every((answer, at) => answer.equals(messages[at]!)))
      const call = client.makeBidiStreamRequest('/echo/Stream', identity, identity)
      const came: Buffer[] = []
      call.on('data', (message: Buffer) => came.push(message))
      for (const message of messages) call.write(message)
      call.end()
      await new Promise((resolve) => call.on('end', resolve))
      assert.deepEqual(
        came.map(({ length }) => length),
        all,
      )
      assert.ok(came.every((message, at) => message.equals(messages[at]!)))
    }),
    { numRuns: 8 },
  )
})

t.test('a failure has its code, its words in any language, and its trailers', async (t) => {
  const echo = await echoServer(t)
  const client = clientOf(t, echo)
  const words = 'nichts für 100 % – “gut”\nüber zwei Zeilen'
  const error = await unary(client, 'Fail', Buffer.from(words)).catch((failure: grpc.ServiceError) => failure)
  t.match(error, { code: 9, details: words })
  const { metadata } = error as grpc.ServiceError
  t.same(metadata.get('why-bin'), [Buffer.of(0, 255)])
  t.same(metadata.get('why'), ['text'])
  await t.rejects(unary(client, 'Throw', Buffer.alloc(0)), { code: 13, details: 'broken' })
  for (const name of ['Missing', 'Nothing'])
    await t.rejects(unary(client, name, Buffer.alloc(0)), {
      code: 12,
      details: /does not implement the method/,
    })
  t.same(
    echo.news.map(({ path, code }) => [path, code]),
    [
      ['/echo/Fail', 9],
      ['/echo/Throw', 13],
      ['/echo/Missing', 12],
      ['/echo/Nothing', 12],
    ],
  )
})

t.test(
  'a failure’s words are cut where clients of Java and Python take no more, with messages before it or without',
  async (t) => {
    const echo = await echoServer(t)
    const client = clientOf(t, echo)
    for (const [length, letter] of [
      [7000, 'w'],
      [8000, 'w'],
      [20_000, 'w'],
      [100_000, 'w'],
      [100_000, 'ü'],
      [100_000, '🙂'],
    ] as const) {
      const words = letter.repeat(length)
      const check = ({ code, details }: grpc.ServiceError, when: string) => {
        const what = `${length} of ${letter} ${when}: ${details.length}`
        t.equal(code, 9)
        t.ok(words.startsWith(details), what)
        const bytes = encodeURI(details).length
        if (length < 7500) t.equal(details, words)
        else t.ok(bytes > 7700 && bytes < 8192 - 2 * 32, what)
      }
      const error = await unary(client, 'Fail', Buffer.from(words)).catch(
        (failure: grpc.ServiceError) => failure,
      )
      check(error as grpc.ServiceError, 'at once')
      const call = client.makeBidiStreamRequest('/echo/Endless', identity, identity)
      const ended = new Promise<grpc.ServiceError>((resolve) => call.on('error', resolve))
      call.write(Buffer.from('x'))
      await new Promise((resolve) => call.once('data', resolve))
      call.resume()
      echo.streams.at(-1)!.fail({ code: 9, message: words })
      check(await ended, 'behind a message')
    }
    t.same(await unary(client, 'Unary', Buffer.from('x')), Buffer.from('x'), 'the connection goes on')
  },
)

t.test('messages may be compressed, and one that is too large is refused, compressed or not', async (t) => {
  const echo = await echoServer(t)
  const text = Buffer.from('text '.repeat(1000))
  for (const [encoding, bytes] of [
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
  ] as const) {
    const answer = await raw(t, echo, { 'grpc-encoding': encoding }, framed(bytes, true))
    t.match(answer, { ':status': 200, 'grpc-status': '0' }, encoding)
    t.ok(answer.body.subarray(5).equals(text))
  }
  const plain = await raw(t, echo, { 'grpc-encoding': 'gzip' }, framed(text))
  t.ok(plain.body.subarray(5).equals(text), 'who compresses need not compress each message')
  const bad = await raw(t, echo, { 'grpc-encoding': 'gzip' }, framed(text, true))
  t.match(bad, { 'grpc-status': '13' })
  const other = await raw(t, echo, { 'grpc-encoding': 'br' }, framed(text, true))
  t.match(other, { 'grpc-status': '12', 'grpc-message': /gzip or deflate, and not by "br"/ })
  const bomb = framed(gzipSync(Buffer.alloc(30 << 20)), true)
  t.match(await raw(t, echo, { 'grpc-encoding': 'gzip' }, bomb), { 'grpc-status': '8' })
  const claimed = Buffer.of(0, 255, 255, 255, 255, 0)
  t.match(await raw(t, echo, {}, claimed), { 'grpc-status': '8', 'grpc-message': /larger than max/ })
})

t.test('a request that is none of gRPC is told so', async (t) => {
  const echo = await echoServer(t)
  t.match(await raw(t, echo, { 'content-type': 'application/json' }, Buffer.alloc(0)), { ':status': 415 })
  t.match(await raw(t, echo, {}, Buffer.alloc(0)), { 'grpc-status': '13', 'grpc-message': /no message/ })
  const two = Buffer.concat([framed(Buffer.from('a')), framed(Buffer.from('b'))])
  t.match(await raw(t, echo, {}, two), { 'grpc-status': '13', 'grpc-message': /more than one/ })
})

t.test('a call ends with its deadline, whether its client looks at a clock or not', async (t) => {
  const echo = await echoServer(t)
  const client = clientOf(t, echo)
  await t.rejects(unary(client, 'Silent', Buffer.from('x'), { deadline: Date.now() + 100 }), { code: 4 })
  const headers = { ':path': '/echo/Silent', 'grpc-timeout': '50m' }
  t.match(await raw(t, echo, headers, framed(Buffer.from('x'))), { 'grpc-status': '4' })
  t.match(await raw(t, echo, { 'grpc-timeout': '?' }, framed(Buffer.from('x'))), { 'grpc-status': '0' })
})

t.test('a call that its client gives up hears of it, and so does one whose connection is gone', async (t) => {
  const echo = await echoServer(t)
  for (const how of ['given up', 'gone'] as const) {
    const session = http2.connect(`http://127.0.0.1:${echo.port}`)
    const headers = { ':method': 'POST', ':path': '/echo/Endless', 'content-type': 'application/grpc' }
    const stream = session.request(headers)
    stream.on('error', () => {})
    stream.write(framed(Buffer.from('x')))
    await new Promise((resolve) => stream.once('data', resolve))
    const call = echo.streams.at(-1)!
    const heard = new Promise((resolve) => call.on('cancelled', () => resolve(true)))
    if (how === 'given up') stream.close(http2.constants.NGHTTP2_CANCEL)
    else session.destroy()
    t.ok(await heard, how)
    t.equal(call.cancelled, true)
    t.equal(call.write(Buffer.from('y')), false, 'nobody hears it any more')
    session.destroy()
  }
  t.same(
    echo.news.map(({ code }) => code),
    [undefined, undefined],
  )
})

t.test('who writes faster than the other side reads is told to wait, and when to go on', async (t) => {
  const echo = await echoServer(t)
  const client = clientOf(t, echo)
  const call = client.makeBidiStreamRequest('/echo/Stream', identity, identity)
  call.on('error', () => {})
  call.write(Buffer.from('x'))
  await new Promise((resolve) => call.once('data', resolve))
  call.pause()
  const [stream] = echo.streams
  const part = Buffer.alloc(100_000, 'p')
  let written = 0
  while (stream!.write(part)) written++
  t.ok(written < 1000, `${written} messages of 100 kB were taken`)
  const drained = new Promise((resolve) => stream!.once('drain', () => resolve(true)))
  let came = 0
  call.on('data', ({ length }: Buffer) => (came += length))
  call.resume()
  t.ok(await drained)
  await poll(() => came === (written + 1) * part.length || undefined, {
    timeoutMs: 60_000,
    everyMs: 5,
    what: 'all of it',
  })
  call.cancel()
})

t.test('who is told to wait hears when to go on, also where the kernel takes all at once', async (t) => {
  const echo = await echoServer(t)
  const session = http2.connect(`http://127.0.0.1:${echo.port}`, {
    settings: { initialWindowSize: 64 << 20 },
  })
  t.teardown(() => session.destroy())
  await new Promise((resolve) => session.once('connect', resolve))
  session.setLocalWindowSize(64 << 20)
  const headers = { ':method': 'POST', ':path': '/echo/Endless', 'content-type': 'application/grpc' }
  const stream = session.request(headers)
  stream.on('error', () => {})
  stream.write(framed(Buffer.from('x')))
  await new Promise((resolve) => stream.once('data', resolve))
  stream.resume()
  const [call] = echo.streams
  let drained = 0
  call!.on('drain', () => drained++)
  for (let n = 1; n <= 5; n++) {
    t.equal(call!.write(Buffer.alloc(1_400_000)), false, 'so much waits')
    await poll(() => (drained === n ? true : undefined), { timeoutMs: 60_000, what: `drain ${n}` })
  }
})

t.test('a client may have no table of headers, and may widen its window while it is answered', async (t) => {
  const echo = await echoServer(t)
  const session = http2.connect(`http://127.0.0.1:${echo.port}`, { settings: { headerTableSize: 0 } })
  t.teardown(() => session.destroy())
  const body = Buffer.alloc(3_000_000, 'w')
  const answer = (bytes: Buffer) => {
    const headers = { ':method': 'POST', ':path': '/echo/Unary', 'content-type': 'application/grpc' }
    const stream = session.request(headers)
    stream.end(framed(bytes))
    return new Promise<number>((resolve, reject) => {
      let came = 0
      stream.on('data', ({ length }: Buffer) => (came += length))
      stream.on('error', reject)
      stream.on('end', () => resolve(came))
    })
  }
  session.on('error', () => {})
  t.equal(await answer(Buffer.from('x')), 6)
  const large = answer(body)
  await new Promise((resolve) => setImmediate(resolve))
  session.settings({ initialWindowSize: 8 << 20 })
  t.equal(await large, body.length + 5)
  t.equal(await answer(Buffer.from('x')), 6, 'the connection goes on')
})

t.test('who is answered much does not keep others on its connection from their answers', async (t) => {
  const echo = await echoServer(t)
  const client = clientOf(t, echo)
  const call = client.makeBidiStreamRequest('/echo/Endless', identity, identity)
  call.on('error', () => {})
  call.write(Buffer.from('x'))
  await new Promise((resolve) => call.once('data', resolve))
  call.resume()
  const [stream] = echo.streams
  const part = Buffer.alloc(100_000)
  const fill = () => {
    while (stream!.write(part));
  }
  stream!.on('drain', fill)
  fill()
  for (let n = 0; n < 20; n++)
    t.same(
      await unary(client, 'Unary', Buffer.from('y'), { deadline: Date.now() + 60_000 }),
      Buffer.from('y'),
    )
  call.cancel()
})

t.test(
  'an answer that cannot be written, and a listener that fails, end their call and no other one',
  async (t) => {
    const echo = await echoServer(t)
    const client = clientOf(t, echo)
    await t.rejects(unary(client, 'Unwritable', Buffer.from('x')), { code: 13, details: 'cannot be written' })
    const call = client.makeBidiStreamRequest('/echo/Endless', identity, identity)
    const ended = new Promise<grpc.ServiceError>((resolve) => call.on('error', resolve))
    call.write(Buffer.from('x'))
    await new Promise((resolve) => call.once('data', resolve))
    echo.streams[0]!.on('end', () => {
      throw new Error('cannot end')
    })
    call.end()
    t.match(await ended, { code: 13, details: 'cannot end' })
    t.same(await unary(client, 'Unary', Buffer.from('x')), Buffer.from('x'))
  },
)

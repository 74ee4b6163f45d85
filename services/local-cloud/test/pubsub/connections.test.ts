import http2 from 'node:http2'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from '../../src/index.ts'
import { v1 } from '../../src/pubsub/grpc/protos.ts'

const PATH = '/google.pubsub.v1.Subscriber/StreamingPull'
const HEADERS = {
  ':method': 'POST',
  ':path': PATH,
  'content-type': 'application/grpc',
  te: 'trailers',
} as const

interface Closing {
  teardown(done: () => unknown): void
}

async function open(t: Closing, options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const cloud = await startLocalCloud(options)
  t.teardown(() => cloud.close())
  const base = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p`
  const put = (path: string, body: object) =>
    fetch(`${base}/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await put('topics/topic', {})
  await put('subscriptions/sub', { topic: 'projects/p/topics/topic' })
  return cloud
}

function connect(t: Closing, port: number): http2.ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  t.teardown(() => session.destroy())
  return session
}

/** One gRPC frame: a byte for "not compressed", the length, the message. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const firstRequest = framed(
  v1.StreamingPullRequest.encode({
    subscription: 'projects/p/subscriptions/sub',
    streamAckDeadlineSeconds: 60,
  }).finish(),
)

function openPull(session: http2.ClientHttp2Session): {
  stream: http2.ClientHttp2Stream
  answered: Promise<void>
} {
  const stream = session.request(HEADERS)
  stream.on('error', () => {})
  stream.resume()
  stream.write(firstRequest)
  return { stream, answered: new Promise((resolve) => stream.once('response', () => resolve())) }
}

const pull = (port: number) => {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  const identity = (bytes: Buffer) => bytes
  const call = client.makeBidiStreamRequest(PATH, identity, identity)
  const ended = new Promise<grpc.ServiceError>((resolve) => call.on('error', resolve))
  const answered = new Promise<void>((resolve) => call.once('data', () => resolve()))
  call.write(firstRequest.subarray(5))
  return { client, ended, answered }
}

for (const port of ['pubsubPort', 'storageWritePort'] as const) {
  t.test(`${port} tells its clients that a connection carries 100 streams`, async (t) => {
    const cloud = await open(t)
    const session = connect(t, cloud[port])
    const settings = await new Promise<http2.Settings>((resolve) => session.once('remoteSettings', resolve))
    t.equal(settings.maxConcurrentStreams, 100)
  })
}

t.test('the 101st stream of a connection waits until another one ends', async (t) => {
  const cloud = await open(t)
  const session = connect(t, cloud.pubsubPort)
  await new Promise((resolve) => session.once('remoteSettings', resolve))
  const streams = Array.from({ length: 100 }, () => openPull(session))
  await Promise.all(streams.map(({ answered }) => answered))
  let waits = true
  const next = openPull(session)
  const answered = next.answered.then(() => {
    waits = false
  })
  // a round trip on the same connection: had the server taken the stream, its answer would be here
  await new Promise((resolve) => session.ping(() => resolve(undefined)))
  await new Promise((resolve) => session.ping(() => resolve(undefined)))
  t.ok(waits, 'it waits')
  const other = connect(t, cloud.pubsubPort)
  await openPull(other).answered
  t.ok(waits, 'another connection has streams of its own')
  streams[0]!.stream.end()
  await answered
  t.notOk(waits)
})

t.test('a connection is told to go when it is old, and cut when its calls do not end', async (t) => {
  const cloud = await open(t, { connectionAgeMs: 100, connectionGraceMs: 100 })
  const session = connect(t, cloud.pubsubPort)
  const gone = new Promise<number>((resolve) => session.once('goaway', resolve))
  const closed = new Promise<void>((resolve) => session.once('close', () => resolve()))
  await openPull(session).answered
  t.equal(await gone, http2.constants.NGHTTP2_NO_ERROR)
  await closed
})

t.test('a streaming pull ends with UNAVAILABLE when it is old, and its client opens another', async (t) => {
  const cloud = await open(t, { pullStreamAgeMs: 50 })
  for (let round = 0; round < 2; round++) {
    const { client, ended, answered } = pull(cloud.pubsubPort)
    await answered
    t.match(await ended, { code: grpc.status.UNAVAILABLE, details: /unable to fulfill your request/ })
    client.close()
  }
})

t.test('a fault ends a streaming pull behind a response', async (t) => {
  const cloud = await open(t)
  cloud.faults.set({ rules: [{ on: 'pubsub.pull_stream', do: 'error', at: [1] }] })
  const { client, ended, answered } = pull(cloud.pubsubPort)
  await answered
  await fetch(`http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p/topics/topic:publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ data: 'eA==' }] }),
  })
  t.match(await ended, { code: grpc.status.UNAVAILABLE })
  t.same(cloud.backlog(), { 'projects/p/subscriptions/sub': 1 }, 'what it delivered is still open')
  client.close()
})

t.test('a pull that sent what nobody can read gets no messages any more', async (t) => {
  const cloud = await open(t)
  const { stream, answered } = openPull(connect(t, cloud.pubsubPort))
  await answered
  const ended = new Promise((resolve) => stream.once('trailers', resolve))
  const claims21MegaBytes = Buffer.alloc(5)
  claims21MegaBytes.writeUInt32BE(21 << 20, 1)
  stream.write(claims21MegaBytes)
  t.match(await ended, { 'grpc-status': '8' })
  const base = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p`
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${base}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }
  await post('topics/topic:publish', { messages: [{ data: 'eA==' }] })
  t.match(await post('subscriptions/sub:pull', { maxMessages: 1, returnImmediately: true }), {
    receivedMessages: [{ message: { data: 'eA==' } }],
  })
})

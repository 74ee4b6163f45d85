import { once } from 'node:events'
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createLogger, createPublisher, type PublishCalls } from '@tablestream/service-kit'
import t, { type Test } from 'tap'
import { callsInThread } from '../../src/threads/calls-in-thread.ts'

// a machine that does much else takes its time to start a thread
t.setTimeout(180_000)
process.env['METADATA_SERVER_DETECTION'] = 'none'

const MESSAGE = { data: Buffer.from('{"event_type":"x"}'), attributes: { event_type: 'x' } }
/** PublishResponse: message_ids = 1. */
const ANSWER = Buffer.from([0, 0, 0, 0, 3, 10, 1, 55])

/** A Pub/Sub that does with each call what it is told to, and calls to it from a thread. */
async function threadTo(
  t: Test,
  answer: (stream: ServerHttp2Stream, body: Buffer) => void,
  limits?: { readonly patienceMs?: number; readonly heapMb?: number },
) {
  const server = http2.createServer()
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream) => {
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => undefined)
    stream.on('end', () => answer(stream, Buffer.concat(pieces)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env['PUBSUB_EMULATOR_HOST'] = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const calls = callsInThread(
    { projectId: 'p', topic: 't' },
    createLogger({ service: 'test', level: 'silent' }),
    limits,
  )
  t.teardown(async () => {
    delete process.env['PUBSUB_EMULATOR_HOST']
    await calls.close()
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { calls, publisher: publisherOf(calls) }
}

const publisherOf = (calls: PublishCalls) =>
  createPublisher('p', 't', { longestMs: 60_000, open: () => Promise.resolve(calls) })

function respond(stream: ServerHttp2Stream, status: string, body?: Buffer): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'told' }))
  stream.end(body)
}

t.test('messages arrive as they were, and their ids come back', async (t) => {
  const bodies: Buffer[] = []
  const { publisher } = await threadTo(t, (stream, body) => {
    bodies.push(body)
    respond(stream, '0', ANSWER)
  })
  t.same(await publisher.publish([MESSAGE]), ['7'])
  t.match(bodies[0]!.toString('latin1'), /projects\/p\/topics\/t.*\{"event_type":"x"\}.*event_type.*x/s)
  const large = { data: Buffer.alloc(100_000, 'y'), attributes: {} }
  t.same(await publisher.publish([large]), ['7'])
  t.ok(bodies[1]!.includes(large.data), 'what has memory of its own is moved')
})

t.test('what Pub/Sub refuses is refused here, by its code', async (t) => {
  const { publisher } = await threadTo(t, (stream) => respond(stream, '3'))
  await t.rejects(publisher.publish([MESSAGE]), { name: 'MessageRefused', message: /told/ })
})

t.test('a thread that has ended is started anew, and what failed in it is published again', async (t) => {
  let count = 0
  const { calls, publisher } = await threadTo(t, (stream, body) => {
    if (++count > 1) {
      t.ok(body.includes('published-again'), 'it may have been heard before')
      respond(stream, '0', ANSWER)
      return
    }
    // this one fails, and its thread ends behind it
    void calls.close()
    stream.close()
  })
  t.same(await publisher.publish([MESSAGE]), ['7'])
})

t.test(
  'a thread that stands still is ended: its calls fail as those that may have been heard, and the next ones have an answer',
  async (t) => {
    const answered = (stream: ServerHttp2Stream, body: Buffer) => {
      if (!body.includes('unheard')) respond(stream, '0', ANSWER)
    }
    const { calls } = await threadTo(t, answered, { patienceMs: -58_000 })
    await t.rejects(calls.publish(Buffer.from('unheard'), 60_000), { code: 14 })
    // this one has the time to start
    t.same(await calls.publish(Buffer.from('a request'), 150_000), ['7'])
  },
)

t.test('a thread that has no more memory ends, and who asks whether all is well is told so', async (t) => {
  const { publisher } = await threadTo(t, (stream) => respond(stream, '0', ANSWER), { heapMb: 8 })
  await t.rejects(publisher.check(), { code: 14, message: /has ended: .*memory/ })
})

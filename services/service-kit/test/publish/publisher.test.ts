import { once } from 'node:events'
import http2, { type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createPublisher } from '../../src/publish/publisher.ts'

t.test('a publish that is never answered fails, and says so', async (t) => {
  const server = http2.createServer()
  const sessions = new Set<ServerHttp2Session>()
  let streams = 0
  server.on('session', (session) => sessions.add(session))
  server.on('stream', () => streams++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env['PUBSUB_EMULATOR_HOST'] = `127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    delete process.env['PUBSUB_EMULATOR_HOST']
    for (const session of sessions) session.destroy()
    server.close()
  })
  const publisher = createPublisher('p', 'topic', { longestMs: 3000 })
  const call = publisher.publish([{ data: Buffer.from('{}'), attributes: {} }])
  await t.rejects(call, { code: 4 })
  t.ok(streams > 0, 'it was sent')
  await publisher.close()
})

t.test('a connection that could not be opened is opened anew by the next publish', async (t) => {
  let tries = 0
  const open = async () => {
    if (++tries === 1) throw new Error('no credentials yet')
    return { publish: async () => ['7'], exists: async () => true, close: async () => undefined }
  }
  const publisher = createPublisher('p', 'topic', { open })
  const message = { data: Buffer.from('{}'), attributes: {} }
  await t.rejects(publisher.publish([message]), /no credentials yet/)
  t.same(await publisher.publish([message]), ['7'])
  await publisher.close()
})

t.test(
  'one that is wanted at once is open before anybody publishes, and closed though nobody did',
  async (t) => {
    const done: string[] = []
    const open = async () => {
      done.push('open')
      return {
        publish: async () => ['7'],
        exists: async () => true,
        close: async () => void done.push('close'),
      }
    }
    const late = createPublisher('p', 'topic', { open })
    await late.close()
    t.same(done, [], 'by itself it is opened by who publishes')
    const publisher = createPublisher('p', 'topic', { open, atOnce: true })
    t.same(done, ['open'])
    await publisher.close()
    t.same(done, ['open', 'close'])
  },
)

t.test(
  'what could not be opened at once is opened by the first publish, and closed with nobody’s',
  async (t) => {
    let tries = 0
    const open = async () => {
      if (++tries < 3) throw new Error('no credentials yet')
      return { publish: async () => ['7'], exists: async () => true, close: async () => undefined }
    }
    const publisher = createPublisher('p', 'topic', { open, atOnce: true })
    await publisher.close()
    await t.rejects(publisher.check(), /no credentials yet/)
    t.same(await publisher.publish([{ data: Buffer.from('{}'), attributes: {} }]), ['7'])
    t.equal(tries, 3)
  },
)

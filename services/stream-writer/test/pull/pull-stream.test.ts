import { once } from 'node:events'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { PullStream, type LeasedMessage } from '../../src/pull/pull-stream.ts'
import { letTimeFly } from '../flying-time.ts'
import { FakeSubscription, pullResponse } from './fake-pull-call.ts'

function start(
  t: { teardown: (done: () => Promise<void> | void) => void },
  limits: { maxMessages?: number; leaseSeconds?: number } = {},
) {
  letTimeFly(t)
  return startByTheClock(t, limits)
}

/** In real time. */
function startByTheClock(
  t: { teardown: (done: () => Promise<void>) => void },
  limits: { maxMessages?: number; leaseSeconds?: number },
) {
  const subscription = new FakeSubscription()
  const received: LeasedMessage[] = []
  const stream = new PullStream({
    subscription,
    receive: ({ messages, deliveryAttempts, lease }) =>
      messages.forEach((each, place) =>
        received.push({ message: each, deliveryAttempt: deliveryAttempts[place]!, lease, place }),
      ),
    logger: createLogger({ service: 'test', level: 'silent' }),
    leaseSeconds: 10,
    maxMessages: 100,
    maxBytes: 10_000,
    ...limits,
  })
  t.teardown(() => stream.close(0))
  stream.start()
  return { stream, subscription, calls: subscription.calls, received }
}

const message = (ackId: string) => ({
  ackId,
  deliveryAttempt: 2,
  message: {
    data: Buffer.from('x'),
    attributes: { a: 'b' },
    messageId: 'm',
    publishTime: { seconds: 1, nanos: 5e8 },
  },
})
const messages = (count: number) => Array.from({ length: count }, (_, n) => message(String(n)))
const until = (isSo: () => boolean, what: string) =>
  poll(() => isSo() || undefined, { timeoutMs: 60_000, everyMs: 10, what })

t.test('the first request asks for the subscription, the lease and the flow control', (t) => {
  const { calls } = start(t)
  t.match(calls[0]!.written[0], {
    subscription: 'projects/p/subscriptions/s',
    streamAckDeadlineSeconds: 10,
    maxOutstandingMessages: 100,
    maxOutstandingBytes: 10_000,
    protocolVersion: 1,
  })
  t.end()
})

t.test(
  'messages are handed on; each is acked or given back once, and is held until Pub/Sub knows',
  async (t) => {
    const { stream, subscription, calls, received } = start(t)
    calls[0]!.emit('data', pullResponse(messages(3)))
    const [zero, one, two] = received as [LeasedMessage, LeasedMessage, LeasedMessage]
    t.equal(zero.deliveryAttempt, 2)
    t.equal(zero.message.messageId, 'm')
    stream.ack([zero, one, one])
    stream.giveBack([two, zero])
    t.equal(stream.held, 3)
    await until(() => stream.held === 0, 'everything told')
    t.same(subscription.acked, ['0', '1'])
    t.same(subscription.modified, [{ id: '2', seconds: 0 }])
  },
)

t.test('what Pub/Sub did not answer is told again', async (t) => {
  const { stream, subscription, calls, received } = start(t)
  calls[0]!.emit('data', pullResponse(messages(2)))
  let failures = 3
  subscription.answer = () => {
    if (failures-- > 0) throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
  }
  stream.ack([received[0]!])
  stream.giveBack([received[1]!])
  await until(() => stream.held === 0, 'everything told')
  t.same(subscription.acked, ['0'])
  t.same(subscription.modified, [{ id: '1', seconds: 0 }])
})

t.test('a stream that ends is opened again, for what the limits of the process leave', async (t) => {
  const { subscription, calls, stream, received } = start(t)
  calls[0]!.emit('data', pullResponse(messages(70)))
  const again = once(subscription, 'open')
  calls[0]!.emit('error', new Error('14 UNAVAILABLE'))
  await again
  t.match(calls[1]!.written[0], { maxOutstandingMessages: 30 })

  const wider = once(subscription, 'open')
  stream.ack(received)
  await wider
  t.same(calls[1]!.written.at(-1), { end: true }, 'the small stream is left')
  t.match(calls[2]!.written[0], { maxOutstandingMessages: 100 }, 'as soon as there is room for a wide one')
})

t.test('while the limits are full no stream is opened, and acks go on', async (t) => {
  const { subscription, calls, stream, received } = start(t)
  calls[0]!.emit('data', pullResponse(messages(100)))
  calls[0]!.emit('error', new Error('14 UNAVAILABLE'))
  stream.ack(received.slice(0, 5))
  await until(() => subscription.acked.length === 5, 'five acks')
  t.equal(calls.length, 1)
  const again = once(subscription, 'open')
  stream.ack(received.slice(0, 60))
  await again
  t.match(calls[1]!.written[0], { maxOutstandingMessages: 60 })
})

t.test('a server that keeps to no limits is read no further until there is room', async (t) => {
  const { stream, calls, received } = start(t, { maxMessages: 10 })
  const [call] = calls
  call!.emit('data', pullResponse(messages(11)))
  t.equal(call!.isPaused, true)
  stream.ack(received)
  await until(() => !call!.isPaused, 'reading goes on')
  t.equal(stream.held, 0)
})

t.test('pulling that stops ends the stream, and takes what was on its way', async (t) => {
  const { stream, calls, received } = start(t)
  stream.stopPulling()
  t.same(calls[0]!.written.at(-1), { end: true })
  calls[0]!.emit('data', pullResponse([message('1')]))
  t.equal(received.length, 1)
  t.equal(stream.hasEnded, false)
  await until(() => stream.hasEnded, 'the end of the stream')
  t.equal(calls.length, 1)
})

t.test('closing waits until Pub/Sub has answered the last acks, but not for ever', async (t) => {
  const { stream, subscription, calls, received } = start(t)
  calls[0]!.emit('data', pullResponse(messages(2)))
  const answer = Promise.withResolvers<void>()
  subscription.answer = () => answer.promise
  stream.ack([received[0]!])
  const closed = stream.close(5000)
  setTimeout(() => answer.resolve(), 100)
  await closed
  t.same(subscription.acked, ['0'])

  subscription.answer = () => new Promise(() => {})
  stream.ack([received[1]!])
  await stream.close(50)
  t.same(subscription.acked, ['0'])
})

t.test('leases of what is held are extended, and of nothing else', async (t) => {
  const { stream, subscription, calls, received } = start(t)
  calls[0]!.emit('data', pullResponse([message('1'), message('2')]))
  calls[0]!.emit('data', pullResponse([message('3')]))
  stream.ack([received[0]!, received[2]!])
  await until(() => subscription.modified.length > 0, 'an extension')
  t.same(subscription.modified, [{ id: '2', seconds: 10 }])
})

t.test(
  'a lease counts as extended only when Pub/Sub has answered, and is extended once it does',
  async (t) => {
    const { subscription, calls, received } = start(t)
    calls[0]!.emit('data', pullResponse([message('1')]))
    const [{ lease }] = received as [LeasedMessage]
    const { until: before } = lease
    let asked = 0
    subscription.answer = () => {
      asked++
      throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
    }
    await until(() => asked > 0, 'an extension')
    t.equal(lease.until, before)
    subscription.answer = () => {}
    const again = once(subscription, 'open')
    calls[0]!.emit('error', new Error('14 UNAVAILABLE'))
    await again
    await once(subscription, 'told')
    t.ok(lease.until > before)
  },
)

t.test('a response that cannot be read ends the stream, which is opened again', async (t) => {
  const { subscription, calls, received } = start(t)
  const again = once(subscription, 'open')
  calls[0]!.emit('data', pullResponse([message('1')]).subarray(0, -3))
  await again
  t.same(received, [])
})

t.test('what is lost is neither extended nor given back: somebody else may have it', async (t) => {
  const { stream, subscription, calls, received } = start(t, { leaseSeconds: 3 })
  subscription.answer = () => {
    throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
  }
  calls[0]!.emit('data', pullResponse(messages(2)))
  await until(() => received[0]!.lease.isLost(), 'the lease is lost')
  subscription.answer = () => {}
  calls[0]!.emit('data', pullResponse([message('ours')]))
  await until(() => subscription.modified.length > 0, 'the lease of the other one is extended')
  t.same(subscription.modified, [{ id: 'ours', seconds: 3 }])
  t.ok(received[0]!.lease.isLost(), 'once lost is lost')
  stream.giveBack(received.slice(0, 2))
  t.equal(stream.held, 1)
  stream.ack(received.slice(2))
  await until(() => stream.held === 0, 'everything told')
  t.notOk(subscription.modified.some(({ id }) => id !== 'ours'))
})

t.test('an extension that is answered when the lease is over brings nothing back', async (t) => {
  const { subscription, calls, received } = start(t, { leaseSeconds: 3 })
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    subscription.answer = () => {
      resolve()
      return new Promise<void>((then) => (answer = then))
    }
  })
  calls[0]!.emit('data', pullResponse(messages(1)))
  await asked
  const { lease } = received[0]!
  await until(() => lease.until < Date.now(), 'the lease is over')
  answer()
  await until(() => subscription.modified.length > 0, 'answered')
  t.ok(lease.isLost())
})

t.test('what stood in the socket while the process had no time is not ours any more', async (t) => {
  const { calls, received } = startByTheClock(t, { leaseSeconds: 2 })
  const stopped = new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(stopped, 0, 0, 3500)
  calls[0]!.emit('data', pullResponse([message('first')]))
  t.ok(received[0]!.lease.isLost())
  // timers come before sockets
  await new Promise((resolve) => setTimeout(resolve, 0))
  calls[0]!.emit('data', pullResponse([message('second')]))
  t.ok(received[1]!.lease.isLost())
  await until(() => {
    calls[0]!.emit('data', pullResponse([message('later')]))
    return !received.at(-1)!.lease.isLost()
  }, 'what comes later is ours')
})

import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { PullStream, type Delivery } from '../../src/pull/pull-stream.ts'
import { FakeCall, pullResponse } from './fake-pull-call.ts'

function start(t: { teardown: (done: () => void) => void }) {
  const calls: FakeCall[] = []
  const received: Delivery[] = []
  const opened = new EventEmitter()
  const stream = new PullStream({
    open: () => {
      const call = new FakeCall()
      calls.push(call)
      opened.emit('open')
      return { subscription: 'projects/p/subscriptions/s', call: call }
    },
    receive: ({ messages, deliveryAttempts, lease }) =>
      messages.forEach((each, place) =>
        received.push({ message: each, deliveryAttempt: deliveryAttempts[place]!, lease, place }),
      ),
    logger: createLogger({ service: 'test', level: 'silent' }),
    leaseSeconds: 10,
    maxMessages: 5,
    maxBytes: 100,
  })
  t.teardown(() => stream.close())
  stream.start()
  return { stream, calls, received, opened }
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

t.test('the first request asks for the subscription, the lease and the flow control', (t) => {
  const { calls } = start(t)
  t.match(calls[0]!.written[0], {
    subscription: 'projects/p/subscriptions/s',
    streamAckDeadlineSeconds: 10,
    maxOutstandingMessages: 5,
    maxOutstandingBytes: 100,
    protocolVersion: 1,
  })
  t.end()
})

t.test('messages are handed on, acks and messages given back go on the same call', async (t) => {
  const { stream, calls, received } = start(t)
  calls[0]!.emit('data', pullResponse([message('1'), message('2'), message('3')]))
  const [one, two, three] = received as [Delivery, Delivery, Delivery]
  t.equal(one.deliveryAttempt, 2)
  t.equal(one.message.messageId, 'm')
  stream.ack([one, two, two])
  stream.giveBack([three, one])
  t.equal(stream.held, 0)
  await sleep(20)
  t.same(calls[0]!.written.slice(1), [
    { modifyDeadlineAckIds: ['3'], modifyDeadlineSeconds: [0] },
    { ackIds: ['1', '2'] },
  ])
})

t.test('a stream that ends is opened again, and acks that were left go on the new one', async (t) => {
  const { stream, calls, received, opened } = start(t)
  calls[0]!.emit('data', pullResponse([message('1')]))
  const again = once(opened, 'open')
  calls[0]!.emit('error', new Error('14 UNAVAILABLE'))
  stream.ack(received)
  await again
  await sleep(150)
  t.same(calls[1]!.written.at(-1), { ackIds: ['1'] })
})

t.test('what comes after pulling has stopped goes straight back', (t) => {
  const { stream, calls, received } = start(t)
  stream.stopPulling()
  calls[0]!.emit('data', pullResponse([message('1')]))
  t.same(received, [])
  t.same(calls[0]!.written.at(-1), { modifyDeadlineAckIds: ['1'], modifyDeadlineSeconds: [0] })
  t.end()
})

t.test('leases of what is held are extended, and of nothing else', async (t) => {
  const { stream, calls, received } = start(t)
  calls[0]!.emit('data', pullResponse([message('1'), message('2')]))
  calls[0]!.emit('data', pullResponse([message('3')]))
  stream.ack([received[0]!, received[2]!])
  const extended = () => calls[0]!.written.find(({ modifyDeadlineSeconds }) => modifyDeadlineSeconds)
  for (let i = 0; i < 400 && !extended(); i++) await sleep(20)
  t.same(extended(), { modifyDeadlineAckIds: ['2'], modifyDeadlineSeconds: [10] })
})

t.test('a response that cannot be read ends the stream, which is opened again', async (t) => {
  const { calls, received, opened } = start(t)
  const again = once(opened, 'open')
  calls[0]!.emit('data', pullResponse([message('1')]).subarray(0, -3))
  await again
  t.same(received, [])
})

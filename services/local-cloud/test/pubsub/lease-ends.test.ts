import t from 'tap'
import { Faults } from '../../src/faults/faults.ts'
import { StoredMessage } from '../../src/pubsub/messages/stored-message.ts'
import type { Consumer, Lease } from '../../src/pubsub/messages/consumer.ts'
import { Subscription } from '../../src/pubsub/subscriptions/subscription.ts'
import type { SubscriptionConfig } from '../../src/pubsub/resources/subscription-config.ts'

const CONFIG = {
  name: 'projects/p/subscriptions/s',
  topic: 'projects/p/topics/t',
  ackDeadlineSeconds: 60,
  messageRetentionSeconds: 600_000,
  filter: '',
} as SubscriptionConfig

t.test('a lease ends at its own deadline, however others were extended or made shorter', async (t) => {
  let now = 1_000_000
  const subscription = new Subscription(CONFIG, 1, {
    now: () => now,
    faults: new Faults(() => now),
    settled: () => {},
    deadLetter: () => false,
  })
  // the subscription's own timers keep no process alive
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(alive)
    subscription.close()
  })
  let came: ((lease: Lease) => void) | undefined
  const consumer: Consumer = {
    room: () => 1,
    ackDeadlineSeconds: () => 60,
    released: () => {},
    deliver: (leases) => leases.forEach((lease) => came!(lease)),
  }
  const next = () =>
    new Promise<string>((resolve) => (came = ({ ackId, message: { id } }) => resolve(`${id} ${ackId}`)))
  const deliveries: string[] = []
  for (const id of ['shorter', 'longer', 'same']) {
    const delivery = next()
    subscription.add(new StoredMessage(id, now, Buffer.alloc(1)))
    if (deliveries.length === 0) subscription.attach(consumer)
    deliveries.push(await delivery)
  }
  const idOf = (index: number) => deliveries[index]!.split(' ')[1]!
  subscription.modifyAckDeadline([idOf(0)], 20)
  subscription.modifyAckDeadline([idOf(1)], 100)
  for (const [seconds, id] of [
    [20, 'shorter'],
    [60, 'same'],
    [100, 'longer'],
  ] as const) {
    const again = next()
    now = 1_000_000 + seconds * 1000
    const [comes, ackId] = (await again).split(' ')
    t.equal(comes, id, `after ${seconds} s`)
    subscription.acknowledge([ackId!])
  }
  t.equal(subscription.undelivered, 0)
})

t.test(
  'an ack id with the number of a lease, but of another subscription or written otherwise, acks nothing',
  async (t) => {
    const subscription = new Subscription(CONFIG, 1, {
      now: () => 1_000_000,
      faults: new Faults(() => 1_000_000),
      settled: () => {},
      deadLetter: () => false,
    })
    t.teardown(() => subscription.close())
    const ackId = await new Promise<string>((resolve) => {
      subscription.add(new StoredMessage('1', 1_000_000, Buffer.alloc(1)))
      subscription.attach({
        room: () => 1,
        ackDeadlineSeconds: () => 60,
        released: () => {},
        deliver: ([lease]) => resolve(lease!.ackId),
      })
    })
    const [key, time, number] = ackId.split('-')
    for (const other of [
      `2-${time}-${number}`,
      `${key}-0-${number}`,
      `${key}-${time}-0${number}`,
      number!,
      '',
    ])
      subscription.acknowledge([other])
    t.equal(subscription.undelivered, 1)
    subscription.acknowledge([ackId])
    t.equal(subscription.undelivered, 0)
  },
)

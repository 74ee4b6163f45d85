import http from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { Faults } from '../../src/faults/faults.ts'
import type { Consumer, Lease } from '../../src/pubsub/messages/consumer.ts'
import { composeBody } from '../../src/pubsub/messages/message.ts'
import { StoredMessage } from '../../src/pubsub/messages/stored-message.ts'
import { Subscription } from '../../src/pubsub/subscriptions/subscription.ts'
import {
  asAfterKill,
  drain,
  message,
  openPubSub,
  SUB,
  temporaryFolder,
  TOPIC,
  type Opened,
} from '../open-pubsub.ts'

const keyed = (key: string, ...texts: string[]) => texts.map((text) => message(text, { orderingKey: key }))
const publish = ({ call }: Pick<Opened, 'call'>, messages: object[]) =>
  call('POST', 'topics/topic:publish', { messages })

async function openOrdered(
  t: Parameters<typeof openPubSub>[0],
  more: object = {},
  dataFolder?: string,
): Promise<Opened> {
  const opened = await openPubSub(t, dataFolder === undefined ? {} : { dataFolder })
  await opened.call('PUT', 'topics/topic', {})
  const made = await opened.call('PUT', 'subscriptions/sub', {
    topic: TOPIC,
    enableMessageOrdering: true,
    ...more,
  })
  if (made.status !== 200) throw new Error(JSON.stringify(made.body))
  return opened
}

interface Pulled {
  readonly ackId: string
  readonly text: string
}

async function pull({ call }: Pick<Opened, 'call'>, maxMessages = 100): Promise<Pulled[]> {
  const { body } = await call('POST', 'subscriptions/sub:pull', { maxMessages, returnImmediately: true })
  const received: { ackId: string; message: { data: string } }[] = body.receivedMessages ?? []
  return received.map(({ ackId, message: { data } }) => ({
    ackId,
    text: Buffer.from(data, 'base64').toString(),
  }))
}

const textsOf = (pulled: readonly Pulled[]) => pulled.map(({ text }) => text)
const ack = ({ call }: Pick<Opened, 'call'>, pulled: readonly Pulled[]) =>
  call('POST', 'subscriptions/sub:acknowledge', { ackIds: pulled.map(({ ackId }) => ackId) })
const nack = ({ call }: Pick<Opened, 'call'>, { ackId }: Pulled) =>
  call('POST', 'subscriptions/sub:modifyAckDeadline', { ackIds: [ackId], ackDeadlineSeconds: 0 })

t.test('a second pull gets nothing of a key of which something is out', async (t) => {
  const opened = await openOrdered(t)
  await publish(opened, [...keyed('a', '1', '2', '3'), ...keyed('b', 'x')])
  const first = await pull(opened, 2)
  t.same(textsOf(first), ['1', '2'])
  const second = await pull(opened)
  t.same(textsOf(second), ['x'])
  await ack(opened, first.slice(1))
  t.same(await pull(opened), [], 'the first one is still out')
  await ack(opened, first)
  t.same(textsOf(await pull(opened)), ['3'])
})

t.test('what comes back brings all that followed it, acked or not, and nothing of other keys', async (t) => {
  const opened = await openOrdered(t)
  await publish(opened, [...keyed('a', '1', '2', '3', '4'), ...keyed('b', 'x', 'y')])
  const all = await pull(opened)
  const byText = (text: string) => all.find((one) => one.text === text)!
  await ack(opened, [byText('1'), byText('3'), byText('y')])
  await nack(opened, byText('2'))
  const again = await pull(opened)
  t.same(textsOf(again), ['2', '3', '4'])
  await ack(opened, [byText('4')])
  await ack(opened, again)
  await ack(opened, [byText('x')])
  t.same(opened.cloud.backlog(), { [SUB]: 0 })
})

t.test('messages without a key wait for nobody, and the setting cannot be changed', async (t) => {
  const opened = await openOrdered(t)
  await publish(opened, keyed('a', '1', '2'))
  t.same(textsOf(await pull(opened, 1)), ['1'])
  await publish(opened, [message('free'), message('as air')])
  t.same(textsOf(await pull(opened)).toSorted(), ['as air', 'free'])
  const change = { subscription: { enableMessageOrdering: false }, updateMask: 'enableMessageOrdering' }
  t.match(await opened.call('PATCH', 'subscriptions/sub', change), { status: 400 })
})

t.test('Google’s client gets each key in its order from several streams, also behind nacks', async (t) => {
  const { pubsub } = await openOrdered(t)
  const topic = pubsub.topic('topic', { messageOrdering: true })
  const sent = new Map(
    Array.from({ length: 20 }, (_, key) => [`key ${key}`, Array.from({ length: 100 }, (__, n) => n)]),
  )
  const published = [...sent].flatMap(([orderingKey, numbers]) =>
    numbers.map((n) => topic.publishMessage({ data: Buffer.from(String(n)), orderingKey })),
  )
  await Promise.all(published)
  const got = new Map([...sent.keys()].map((key) => [key, [] as number[]]))
  const refused = new Set<string>()
  let left = 2000
  const subscriptions = [1, 2, 3].map(() =>
    pubsub.subscription('sub', { streamingOptions: { maxStreams: 2 } }),
  )
  await new Promise<void>((resolve, reject) => {
    for (const subscription of subscriptions) {
      subscription.on('error', reject)
      subscription.on('message', (received) => {
        const n = Number(received.data.toString())
        const numbers = got.get(received.orderingKey!)!
        const name = `${received.orderingKey} ${n}`
        // what was acked behind a message that came back comes again: it is known
        if (n < numbers.length) return received.ack()
        // and what its client had already, when it gave an earlier one back, will come again
        if (n > numbers.length && refused.has(`${received.orderingKey} ${numbers.length}`))
          return received.nack()
        if (n > numbers.length) return reject(new Error(`${name} behind ${numbers.length} others`))
        if (n % 40 === 20 && !refused.has(name)) {
          refused.add(name)
          return received.nack()
        }
        numbers.push(n)
        received.ack()
        if (--left === 0) resolve()
      })
    }
  })
  await Promise.all(subscriptions.map((subscription) => subscription.close()))
  t.same(got, sent)
  t.equal(refused.size, 40)
})

t.test('one message of a key is pushed at a time', async (t) => {
  const posted: string[] = []
  let inFlight = 0
  let most = 0
  const answers: (() => void)[] = []
  let done = () => {}
  const server = http.createServer((request, response) => {
    inFlight++
    most = Math.max(most, inFlight)
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { data } = (JSON.parse(body) as { message: { data: string } }).message
      posted.push(Buffer.from(data, 'base64').toString())
      answers.push(() => {
        inFlight--
        response.writeHead(posted.length === 2 ? 500 : 204).end()
      })
      setImmediate(() => answers.shift()!())
      if (posted.length === 5) done()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const opened = await openOrdered(t, { pushConfig: { pushEndpoint } })
  const all = new Promise<void>((resolve) => (done = resolve))
  await publish(opened, keyed('a', '1', '2', '3', '4'))
  await all
  t.same(posted, ['1', '2', '2', '3', '4'])
  t.equal(most, 1)
})

t.test('the order outlives kill -9, and so does what waits for an earlier ack', async (t) => {
  const dataFolder = temporaryFolder(t)
  const opened = await openOrdered(t, {}, dataFolder)
  await publish(opened, keyed('a', ...Array.from({ length: 50 }, (_, n) => String(n))))
  const first = await pull(opened, 10)
  await ack(opened, first.slice(0, 3))
  await ack(opened, first.slice(5))
  // the journal writes settlements a moment later
  await opened.call('POST', 'subscriptions/sub:seek', { time: '2020-01-01T00:00:00Z' })
  const killed = await openPubSub(t, { dataFolder: asAfterKill(t, dataFolder) })
  t.same(
    await drain(killed, 'sub'),
    Array.from({ length: 47 }, (_, n) => String(n + 3)),
  )
})

t.test('a dead letter lets those behind it go on', async (t) => {
  const opened = await openPubSub(t)
  await opened.call('PUT', 'topics/topic', {})
  await opened.call('PUT', 'topics/dead', {})
  await opened.call('PUT', 'subscriptions/sub', {
    topic: TOPIC,
    enableMessageOrdering: true,
    deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 5 },
  })
  await publish(opened, keyed('a', 'poison', 'good'))
  for (let attempt = 1; attempt <= 5; attempt++) {
    const all = await pull(opened)
    t.same(textsOf(all), ['poison', 'good'])
    await nack(opened, all[0]!)
  }
  const rest = await pull(opened)
  t.same(textsOf(rest), ['good'])
  await ack(opened, rest)
  t.same(opened.cloud.backlog(), { [SUB]: 0 })
})

t.test(
  'law: whatever is acked, given back or left by its consumer, each key is delivered in order and ends',
  async (t) => {
    const step = fc.record({
      do: fc.constantFrom('ack', 'nack', 'expire', 'leave', 'come', 'publish'),
      which: fc.nat(100),
    })
    const runs = fc.record({
      keys: fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
      steps: fc.array(step, { maxLength: 60 }),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ keys, steps }) => {
        let now = 1000
        const settled: string[] = []
        const published = new Map<string, string[]>()
        const config = { ...CONFIG, enableMessageOrdering: true }
        const subscription = new Subscription(config, 1, {
          now: () => now,
          faults: new Faults(() => now),
          settled: ({ id }) => settled.push(id),
          deadLetter: () => false,
        })
        const keyOf = new Map<string, string>()
        const expected = new Map<string, number>()
        const held: { lease: Lease; by: FakeConsumer }[] = []
        const take = (lease: Lease, by: FakeConsumer) => {
          const key = keyOf.get(lease.message.id)!
          const place = published.get(key)!.indexOf(lease.message.id)
          const due = expected.get(key) ?? 0
          if (place > due) throw new Error(`message ${place} of ${key} came, and ${due} was due`)
          expected.set(key, place + 1)
          held.push({ lease, by })
        }
        const consumers = new Set<FakeConsumer>()
        const come = () => {
          const consumer = new FakeConsumer(take)
          consumers.add(consumer)
          subscription.attach(consumer)
        }
        let next = 0
        const add = (key: string) => {
          const id = String(next++)
          keyOf.set(id, key)
          published.set(key, [...(published.get(key) ?? []), id])
          subscription.add(new StoredMessage(id, now, composeBody(Buffer.from(id), {}, key)))
        }
        come()
        for (const key of keys) add(`key ${key}`)
        const turn = () => {
          subscription.kick()
          return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
        }
        for (const { do: what, which } of steps) {
          await turn()
          const one = held[which % Math.max(1, held.length)]
          if (what === 'publish') add(`key ${which % 4}`)
          else if (what === 'come') come()
          else if (what === 'leave') {
            const [first] = consumers
            if (first) consumers.delete(first)
            if (first) subscription.detach(first)
          } else if (what === 'expire') {
            now += 20_000
            for (const { lease } of held.splice(0)) subscription.stateOf(lease.ackId)
          } else if (one) {
            held.splice(held.indexOf(one), 1)
            if (what === 'ack') subscription.acknowledge([one.lease.ackId])
            else subscription.modifyAckDeadline([one.lease.ackId], 0)
          }
        }
        come()
        for (let round = 0; round < 1000 && subscription.undelivered > 0; round++) {
          await turn()
          if (held.length === 0) now += 20_000
          const ackIds = held.splice(0).map(({ lease }) => lease.ackId)
          for (const ackId of ackIds) subscription.stateOf(ackId)
          subscription.acknowledge(ackIds)
        }
        subscription.close()
        const ids = [...published.values()].flat()
        if (settled.length !== ids.length) throw new Error(`${settled.length} of ${ids.length} ended`)
        for (const [key, order] of published) {
          const ended = settled.filter((id) => keyOf.get(id) === key)
          if (ended.join() !== order.join()) throw new Error(`${key} ended in the order ${ended.join()}`)
        }
      }),
      { numRuns: 200 },
    )
    t.end()
  },
)

class FakeConsumer implements Consumer {
  readonly #take: (lease: Lease, by: FakeConsumer) => void
  #holds = 0

  constructor(take: (lease: Lease, by: FakeConsumer) => void) {
    this.#take = take
  }

  room(): number {
    return 5 - this.#holds
  }

  deliver(leases: readonly Lease[]): void {
    this.#holds += leases.length
    for (const lease of leases) this.#take(lease, this)
  }

  released(): void {
    this.#holds--
  }

  ackDeadlineSeconds(): number {
    return 10
  }
}

const CONFIG = {
  name: SUB,
  topic: TOPIC,
  ackDeadlineSeconds: 10,
  messageRetentionSeconds: 604_800,
  labels: {},
  filter: '',
}

import { BigQuery } from '@google-cloud/bigquery'
import { PubSub, v1 } from '@google-cloud/pubsub'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { readFaultPlan } from '../../src/faults/fault-plan.ts'
import { Faults } from '../../src/faults/faults.ts'
import { startLocalCloud, type FaultPlan } from '../../src/index.ts'

t.test(
  'a plan strikes by probability, by count and at given calls, in its time, the same again for a seed',
  (t) => {
    const clock = { now: 0 }
    const strikes = (plan: FaultPlan, calls: number) => {
      const faults = new Faults(() => clock.now)
      clock.now = 0
      faults.set(plan)
      return Array.from({ length: calls }, () => {
        clock.now++
        return faults.at('storage.append') ? 'x' : '.'
      }).join('')
    }
    const rule = { on: 'storage.append', do: 'error' } as const
    t.equal(strikes({ rules: [{ ...rule, every: 3 }] }, 9), '..x..x..x')
    t.equal(strikes({ rules: [{ ...rule, at: [1, 4] }] }, 6), 'x..x..')
    t.equal(strikes({ rules: [{ ...rule, every: 1, fromMs: 2, untilMs: 5 }] }, 8), '.xxx....')
    const chance = (seed: number) => strikes({ seed, rules: [{ ...rule, probability: 0.3 }] }, 1000)
    t.equal(chance(7), chance(7))
    t.not(chance(7), chance(8))
    const share = chance(7).replaceAll('.', '').length / 1000
    t.ok(share > 0.25 && share < 0.35, `${share}`)
    t.end()
  },
)

t.test('a plan that is none is refused with the rule, the key and the value', (t) => {
  const bad: [unknown, RegExp][] = [
    [[], /a fault plan is a JSON object/],
    [
      { rules: [{ on: 'nowhere', do: 'error', every: 1 }] },
      /rules\[0\]\.on is one of pubsub\.publish.*"nowhere"/,
    ],
    [
      { rules: [{ on: 'pubsub.ack', do: 'error', every: 1 }] },
      /rules\[0\]\.do is one of lose, delay on pubsub\.ack/,
    ],
    [{ rules: [{ on: 'pubsub.ack', do: 'lose' }] }, /one of probability, every and at/],
    [{ rules: [{ on: 'pubsub.ack', do: 'lose', probability: 2 }] }, /probability is a number from 0 to 1/],
    [{ rules: [{ on: 'storage.read', do: 'delay', every: 1 }] }, /ms is a number/],
    [{ rules: [{ on: 'storage.read', do: 'error', status: 'BROKEN', every: 1 }] }, /status is one of/],
    [{ rules: [], sede: 1 }, /no "sede"/],
  ]
  for (const [plan, message] of bad) t.throws(() => readFaultPlan(plan), { message })
  t.end()
})

t.test('faults over the wire', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: 'p', apiEndpoint, emulatorMode: true })
  const subscriber = new v1.SubscriberClient(
    (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
  )
  const bigquery = new BigQuery({
    projectId: 'p',
    apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    autoRetry: false,
    maxRetries: 0,
  })
  t.teardown(async () => {
    await subscriber.close()
    await pubsub.close()
    await cloud.close()
  })
  const [topic] = await pubsub.createTopic('topic')
  await topic.createSubscription('sub', { ackDeadlineSeconds: 10 })
  const subscription = 'projects/p/subscriptions/sub'
  const pull = async () => {
    const [{ receivedMessages }] = await subscriber.pull({
      subscription,
      maxMessages: 10,
      returnImmediately: true,
    })
    return receivedMessages ?? []
  }
  const plan = `${apiEndpoint}/local-cloud/faults`
  const set = (rules: FaultPlan['rules']) =>
    fetch(plan, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rules }),
    })

  await t.test(
    'an error is retried by Google’s own client; an answer that was lost publishes twice',
    async (t) => {
      await set([{ on: 'pubsub.publish', do: 'error', at: [1] }])
      await topic.publishMessage({ data: Buffer.from('once') })
      await set([{ on: 'pubsub.publish', do: 'lose_answer', at: [1] }])
      await topic.publishMessage({ data: Buffer.from('twice') })
      const received = await pull()
      t.same(
        received.map(({ message }) => String(message!.data)),
        ['once', 'twice', 'twice'],
      )
      const { injected } = (await (await fetch(plan)).json()) as { injected: object[] }
      t.match(injected, [{ on: 'pubsub.publish', do: 'lose_answer', injected: 1 }])
      await subscriber.acknowledge({ subscription, ackIds: received.map(({ ackId }) => ackId!) })
    },
  )
  await t.test('messages come twice, and acks are lost', async (t) => {
    await set([
      { on: 'pubsub.deliver', do: 'duplicate', at: [1] },
      { on: 'pubsub.ack', do: 'lose', at: [1] },
    ])
    await topic.publishMessage({ data: Buffer.from('x') })
    const received = await pull()
    t.equal(received.length, 2)
    t.equal(received[0]!.message!.messageId, received[1]!.message!.messageId)
    await subscriber.acknowledge({ subscription, ackIds: received.map(({ ackId }) => ackId!) })
    t.equal(cloud.backlog()[subscription], 1, 'one ack was lost')
    await fetch(plan, { method: 'DELETE' })
  })
  await t.test('BigQuery answers with the HTTP status of the fault, or not at all', async (t) => {
    const [dataset] = await bigquery.createDataset('d')
    await dataset.createTable('t', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } })
    await set([{ on: 'bigquery.get_table', do: 'error', status: 'RESOURCE_EXHAUSTED', at: [1] }])
    await t.rejects(dataset.table('t').getMetadata(), { code: 403, message: /injected fault/ })
    await set([{ on: 'bigquery.get_table', do: 'error', at: [1] }])
    await t.rejects(dataset.table('t').getMetadata(), { code: 503 })
    await set([{ on: 'bigquery.get_table', do: 'drop', at: [1] }])
    await t.rejects(dataset.table('t').getMetadata())
    await set([{ on: 'bigquery.insert_table', do: 'lose_answer', at: [1] }])
    await t.rejects(dataset.createTable('u', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } }))
    t.ok((await dataset.table('u').exists())[0], 'it was done, and nobody heard of it')
  })
  await t.test('a bad plan is answered 400', async (t) => {
    const response = await set([{ on: 'nowhere' } as unknown as FaultPlan['rules'][number]])
    t.equal(response.status, 400)
    t.match(await response.json(), { error: { message: /rules\[0\]\.on/ } })
  })
})

t.test(
  'a call that is delayed does not hold up the end, and is not done then',
  { timeout: 480_000 },
  async (t) => {
    const cloud = await startLocalCloud()
    cloud.faults.set({ rules: [{ on: 'bigquery.other', do: 'delay', ms: 600_000, every: 1 }] })
    const asked = fetch(`http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p/datasets`)
    const answer = asked.then(({ ok }) => ok, String)
    await poll(() => cloud.faults.injected()[0]!.injected > 0 || undefined, {
      timeoutMs: 60_000,
      what: 'the call waits',
    })
    await cloud.close()
    t.not(await answer, true)
  },
)

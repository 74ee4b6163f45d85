import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { Replayer } from '@tablestream/ledger'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'

const MANY = Object.fromEntries(Array.from({ length: 95 }, (_, n) => [`attribute-${n}`, `value ${n}`]))
const LARGE = Buffer.alloc(9_999_800, 'x')
const OTHERS = 20

t.test('a dead letter that Pub/Sub would not take as one message', { timeout: 480_000 }, async (t) => {
  const pipeline = await startPipeline({
    services: ['stream-writer'],
    resources: { minimumBackoff: '1s', maximumBackoff: '5s' },
  })
  t.teardown(() => pipeline.close())
  const { clients, cloud } = pipeline
  const others = Array.from({ length: OTHERS }, (_, n) => `no json ${n}`)
  await Promise.all([
    clients.publish(others),
    clients.publish(['no json, many attributes'], MANY),
    clients.publish([LARGE]),
  ])

  await t.test('has its end, as those beside it have', async (t) => {
    await settled(pipeline, 120_000)
    const letters = await poll(
      async () => {
        const rows = await clients.query(`SELECT reason, parts FROM ${DATASET}.dead_letter_reasons`)
        return rows.length === OTHERS + 2 ? rows : undefined
      },
      { timeoutMs: 60_000, what: 'every dead letter in the table' },
    )
    t.same(
      letters.map(({ reason }) => reason),
      letters.map(() => 'not_json'),
    )
    t.equal(letters.filter(({ parts }) => parts === 2).length, 2)
  })

  await t.test('is replayed as the message that it was', async (t) => {
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const pubsub = new PubSub({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.pubsubPort}`,
      emulatorMode: true,
    })
    t.teardown(() => pubsub.close())
    const [replays] = await pubsub.createTopic('replays')
    await replays.createSubscription('replays-sub')
    const replayer = new Replayer(bigquery, pubsub, {
      projectId: PROJECT,
      dataset: DATASET,
      topic: 'replays',
    })
    t.match(await replayer.replay({ reasons: [], types: [], again: false }, 1000), {
      replayed: OTHERS + 2,
      failed: [],
    })
    const messages = new Map<string, { data: Buffer; attributes: Record<string, string> }>()
    await poll(
      async () => {
        const [response] = await pullOnce(pubsub)
        for (const { data, attributes } of response)
          messages.set(data.subarray(0, 100).toString(), { data, attributes })
        return messages.size === OTHERS + 2 || undefined
      },
      { timeoutMs: 60_000, what: 'every replayed message' },
    )
    t.ok(messages.get('x'.repeat(100))!.data.equals(LARGE))
    t.match(messages.get('no json, many attributes')!.attributes, MANY)
  })
})

async function pullOnce(pubsub: PubSub) {
  const { v1 } = await import('@google-cloud/pubsub')
  const subscriber = new v1.SubscriberClient(
    (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
  )
  const subscription = subscriber.subscriptionPath(PROJECT, 'replays-sub')
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 100 })
  const received = receivedMessages ?? []
  await subscriber.acknowledge({ subscription, ackIds: received.map(({ ackId }) => ackId!) })
  await subscriber.close()
  return [
    received.map(({ message }) => ({
      data: Buffer.from(message!.data as Uint8Array),
      attributes: message!.attributes as Record<string, string>,
    })),
  ] as const
}

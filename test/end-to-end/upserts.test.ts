import { PubSub, v1 } from '@google-cloud/pubsub'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, settled, startPipeline, sumOfMetric } from './pipeline.ts'

const EVENT_POLICIES = JSON.stringify({ lamp: { duplicates: 'upsert' } })
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/backend-events-topic-sub`
/** What is published of each lamp, in this order; */
const STATES = ['on', 'off', 'on']
/** and all orders in which these can be delivered. */
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

const ENDS = ['tablestream_events_landed_total', 'tablestream_events_duplicate_total']

const lamp = (id: string, state: string) =>
  JSON.stringify({ event_type: 'lamp', event_id: `lamp ${id}`, state })

t.test(
  'a lamp is on, off, on: it is on, in whatever order that is delivered',
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({
      env: { EVENT_POLICIES },
      resources: { minimumBackoff: '0s', maximumBackoff: '1s' },
      services: ['table-manager', 'stream-writer'],
    })
    const { clients, streamWriter, writerUrl, cloud } = pipeline
    const pubsub = new PubSub({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.pubsubPort}`,
      emulatorMode: true,
    })
    const subscriber = new v1.SubscriberClient(
      (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
    )
    t.teardown(async () => {
      await subscriber.close()
      await pubsub.close()
      await pipeline.close()
    })
    await clients.publish([lamp('of the table', 'on')])
    await settled(pipeline)
    await streamWriter.stop()

    const published: string[][] = []
    for (const state of STATES)
      published.push(await clients.publish(ORDERS.map((_, index) => lamp(`${index}`, state))))
    // whoever holds them all decides when each is delivered
    const ackIds = new Map<string, string>()
    const all = STATES.length * ORDERS.length
    await poll(
      async () => {
        const [{ receivedMessages }] = await subscriber.pull({ subscription: SUBSCRIPTION, maxMessages: all })
        for (const { ackId, message } of receivedMessages ?? []) ackIds.set(message!.messageId!, ackId!)
        return ackIds.size === all || undefined
      },
      { timeoutMs: 60_000, what: 'all messages held' },
    )
    streamWriter.start()
    await streamWriter.ready()
    for (const step of STATES.keys()) {
      const given = ORDERS.map((order, index) => ackIds.get(published[order[step]!]![index]!)!)
      await subscriber.modifyAckDeadline({ subscription: SUBSCRIPTION, ackIds: given, ackDeadlineSeconds: 0 })
      await poll(
        async () => {
          const ends = await Promise.all(ENDS.map((name) => sumOfMetric(writerUrl, name)))
          return ends.reduce((sum, each) => sum + each) >= (step + 1) * ORDERS.length || undefined
        },
        { timeoutMs: 60_000, what: `the ends of delivery ${step + 1}` },
      )
    }
    await settled(pipeline)
    const rows = await clients.query(`SELECT event_id, state FROM ${DATASET}.lamp ORDER BY event_id`)
    t.same(
      rows,
      [...ORDERS.map((_, index) => `lamp ${index}`), 'lamp of the table'].map((id) => ({
        event_id: id,
        state: 'on',
      })),
    )
  },
)

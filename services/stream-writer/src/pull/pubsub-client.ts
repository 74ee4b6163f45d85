import { PubSub, v1 } from '@google-cloud/pubsub'
import { metadataOf, type BidiStub } from '../grpc.ts'
import type { OpenPull, PullCall } from './pull-stream.ts'

/** Pub/Sub as the writer uses it: one stream of messages in, dead letters out. */
export interface PubSubEdge {
  readonly openPull: OpenPull
  /** Resolves when Pub/Sub has the message. */
  publishDeadLetter(data: Uint8Array, attributes: Readonly<Record<string, string>>): Promise<void>
  /** Rejects while the subscription cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface PubSubEdgeOptions {
  readonly projectId: string
  readonly subscription: string
  readonly deadLetterTopic: string
}

// Node's default of 64 KiB makes a stream wait for the network more than for the work
const WINDOW = 4 << 20

export async function createPubSubEdge(options: PubSubEdgeOptions): Promise<PubSubEdge> {
  const { projectId, deadLetterTopic } = options
  const client = new PubSub({ projectId, 'grpc-node.flow_control_window': WINDOW } as { projectId: string })
  const subscriber = new v1.SubscriberClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
  )
  await subscriber.initialize()
  const stub = (await subscriber.subscriberStub) as unknown as BidiStub<'StreamingPull', object, PullCall>
  const subscription = subscriber.subscriptionPath(projectId, options.subscription)
  const { path, requestSerialize } = stub.constructor.service.StreamingPull
  const serialize = (request: object) => (Buffer.isBuffer(request) ? request : requestSerialize(request))
  const headers = { 'x-goog-request-params': `subscription=${subscription}` }
  const topic = client.topic(deadLetterTopic, { batching: { maxMessages: 100, maxMilliseconds: 5 } })
  return {
    openPull: () => ({
      subscription,
      // responses stay bytes: readPulledMessages reads them in a fraction of the time
      call: stub.makeBidiStreamRequest(path, serialize, (bytes) => bytes, metadataOf(headers)),
    }),
    async publishDeadLetter(data, attributes) {
      await topic.publishMessage({ data: Buffer.from(data), attributes: { ...attributes } })
    },
    async check() {
      await subscriber.getSubscription({ subscription })
    },
    async close() {
      await topic.flush()
      await subscriber.close()
      await client.close()
    },
  }
}

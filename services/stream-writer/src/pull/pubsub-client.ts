import { PubSub, v1 } from '@google-cloud/pubsub'
import { metadataOf, type BidiStub, type UnaryStub } from '../grpc.ts'
import type { PullCall, PulledSubscription } from './pull-stream.ts'

/** The subscription that events come from. */
export interface SubscriptionEdge extends PulledSubscription {
  /** Rejects while the subscription cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface SubscriptionEdgeOptions {
  readonly projectId: string
  readonly subscription: string
}

// Node's default of 64 KiB makes a stream wait for the network more than for the work
const WINDOW = 4 << 20
/** What has no answer by then is said again. A lease lasts 10 s at least, and is extended when 6 s of it are left. */
const ACK_MS = 10_000
const MODIFY_MS = 2500
// AcknowledgeRequest.subscription = 1, ModifyAckDeadlineRequest.subscription = 1 and ack_deadline_seconds = 3 (pubsub.proto)
const SUBSCRIPTION = 10
const SECONDS = 24

export async function openSubscription(options: SubscriptionEdgeOptions): Promise<SubscriptionEdge> {
  const { projectId } = options
  const client = new PubSub({ projectId, 'grpc-node.flow_control_window': WINDOW } as { projectId: string })
  const subscriber = new v1.SubscriberClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0],
  )
  await subscriber.initialize()
  const stub = (await subscriber.subscriberStub) as unknown as BidiStub<'StreamingPull', object, PullCall> &
    UnaryStub<'Acknowledge' | 'ModifyAckDeadline'>
  const subscription = subscriber.subscriptionPath(projectId, options.subscription)
  const { path, requestSerialize } = stub.constructor.service.StreamingPull
  const headers = { 'x-goog-request-params': `subscription=${subscription}` }
  const name = Buffer.from(subscription)
  const prefix = Buffer.concat([Buffer.from([SUBSCRIPTION, ...varint(name.length)]), name])
  const call = (method: 'Acknowledge' | 'ModifyAckDeadline', request: Buffer, ms: number) =>
    new Promise<void>((resolve, reject) => {
      stub.makeUnaryRequest(
        stub.constructor.service[method].path,
        (bytes) => bytes,
        () => undefined,
        request,
        metadataOf(headers),
        { deadline: Date.now() + ms },
        (error) => (error ? reject(error) : resolve()),
      )
    })
  return {
    open: () => ({
      subscription,
      // responses stay bytes: readPulledMessages reads them in a fraction of the time
      call: stub.makeBidiStreamRequest(path, requestSerialize, (bytes) => bytes, metadataOf(headers)),
    }),
    acknowledge: (ids) => call('Acknowledge', Buffer.concat([prefix, ids]), ACK_MS),
    modifyAckDeadline: (ids, seconds) =>
      call(
        'ModifyAckDeadline',
        Buffer.concat([prefix, Buffer.from([SECONDS, ...varint(seconds)]), ids]),
        MODIFY_MS,
      ),
    async check() {
      await subscriber.getSubscription({ subscription })
    },
    async close() {
      await subscriber.close()
      await client.close()
    },
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

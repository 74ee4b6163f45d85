import type * as grpc from '@grpc/grpc-js'
import { withFault } from '../faults/call-faults.ts'
import type { Trouble } from '../faults/faults.ts'
import { GoogleError, toGoogleError } from '../google-error.ts'
import { splitPublishRequest } from './message.ts'
import { pageOf } from './page.ts'
import { v1 } from './protos.ts'
import type { PubSub } from './pubsub.ts'
import { waitForMessages } from './pull.ts'
import { encodeReceivedMessages } from './received-messages.ts'
import { readPush, readSubscription, readTopic, subscriptionJson, topicJson } from './resources-json.ts'
import { acknowledge, checkAckIds, checkDeadline } from './settlement-checks.ts'
import { StreamingPull } from './streaming-pull.ts'
import { applyMask, SUBSCRIPTION_CHANGES, TOPIC_CHANGES } from './update-mask.ts'

/** A generated message class, as far as it is needed here. */
interface MessageClass<T> {
  decode(bytes: Uint8Array): T
  encode(message: T): { finish(): Uint8Array }
  fromObject(object: object): T
}

/** What decoding gives: scalars and lists are always there, by protobuf's defaults. */
type Sent<Request> = {
  [K in keyof Request]-?: NonNullable<Request[K]> extends string | number | boolean | readonly unknown[]
    ? NonNullable<Request[K]>
    : Request[K]
}

type Unary<Request> = (request: Sent<Request>) => object | Promise<object>

const nameOf = ({ name }: { name: string }): string => name
const identity = (bytes: Buffer): Buffer => bytes

/** Adds google.pubsub.v1.Publisher and Subscriber to a gRPC server. Methods that are not here answer UNIMPLEMENTED. */
export function addPubSubServices(
  server: grpc.Server,
  cloud: PubSub,
  trouble: Trouble,
  pullStreamAgeMs?: number,
): void {
  const { registry } = cloud
  const publisher = new ServiceTable('google.pubsub.v1.Publisher', trouble)
  const subscriber = new ServiceTable('google.pubsub.v1.Subscriber', trouble)
  const empty = {
    decode: () => ({}),
    encode: () => ({ finish: () => Buffer.alloc(0) }),
    fromObject: () => ({}),
  }
  const topic = (config: Parameters<typeof topicJson>[0]) => protoDurations(topicJson(config))
  const subscription = (config: Parameters<typeof subscriptionJson>[0]) =>
    protoDurations(subscriptionJson(config))

  publisher.unary('CreateTopic', v1.Topic, v1.Topic, (request) =>
    topic(registry.createTopic(readTopic(plain(request)))),
  )
  publisher.unary('UpdateTopic', v1.UpdateTopicRequest, v1.Topic, ({ topic: change, updateMask }) => {
    const before = topicJson(registry.getTopic(change?.name ?? ''))
    const after = applyMask(before, plain(change), updateMask?.paths ?? [], TOPIC_CHANGES)
    return topic(registry.updateTopic(readTopic(after)))
  })
  publisher.raw('Publish', (bytes) => {
    const { topic: name, bodies } = splitPublishRequest(bytes)
    return v1.PublishResponse.encode({ messageIds: cloud.publish(name, bodies) }).finish()
  })
  publisher.unary('GetTopic', v1.GetTopicRequest, v1.Topic, ({ topic: name }) =>
    topic(registry.getTopic(name)),
  )
  publisher.unary('ListTopics', v1.ListTopicsRequest, v1.ListTopicsResponse, (request) => {
    const { items, nextPageToken } = pageOf(registry.listTopics(request.project), nameOf, request)
    return { topics: items.map(topic), nextPageToken }
  })
  publisher.unary(
    'ListTopicSubscriptions',
    v1.ListTopicSubscriptionsRequest,
    v1.ListTopicSubscriptionsResponse,
    (request) => {
      const { items, nextPageToken } = pageOf(registry.topicSubscriptions(request.topic), String, request)
      return { subscriptions: items, nextPageToken }
    },
  )
  publisher.unary('DeleteTopic', v1.DeleteTopicRequest, empty, ({ topic: name }) => {
    registry.deleteTopic(name)
    return {}
  })

  subscriber.unary('CreateSubscription', v1.Subscription, v1.Subscription, (request) =>
    subscription(registry.createSubscription(readSubscription(plain(request)))),
  )
  subscriber.unary('UpdateSubscription', v1.UpdateSubscriptionRequest, v1.Subscription, (request) => {
    const change = plain(request.subscription)
    const before = subscriptionJson(registry.getSubscription(request.subscription?.name ?? ''))
    const after = applyMask(before, change, request.updateMask?.paths ?? [], SUBSCRIPTION_CHANGES)
    return subscription(registry.updateSubscription(readSubscription(after)))
  })
  subscriber.unary('GetSubscription', v1.GetSubscriptionRequest, v1.Subscription, ({ subscription: name }) =>
    subscription(registry.getSubscription(name)),
  )
  subscriber.unary(
    'ListSubscriptions',
    v1.ListSubscriptionsRequest,
    v1.ListSubscriptionsResponse,
    (request) => {
      const { items, nextPageToken } = pageOf(registry.listSubscriptions(request.project), nameOf, request)
      return { subscriptions: items.map(subscription), nextPageToken }
    },
  )
  subscriber.unary('DeleteSubscription', v1.DeleteSubscriptionRequest, empty, ({ subscription: name }) => {
    registry.deleteSubscription(name)
    return {}
  })
  subscriber.unary(
    'ModifyPushConfig',
    v1.ModifyPushConfigRequest,
    empty,
    ({ subscription: name, pushConfig }) => {
      const { push: _, ...config } = registry.getSubscription(name)
      const push = readPush(plain(pushConfig))
      registry.updateSubscription(push.endpoint === '' ? config : { ...config, push })
      return {}
    },
  )
  subscriber.unary('Acknowledge', v1.AcknowledgeRequest, empty, ({ subscription: name, ackIds }) => {
    acknowledge(registry.subscription(name), checkAckIds(ackIds), trouble.faults)
    return {}
  })
  subscriber.unary('ModifyAckDeadline', v1.ModifyAckDeadlineRequest, empty, (request) => {
    const { subscription: name, ackIds, ackDeadlineSeconds } = request
    registry.subscription(name).modifyAckDeadline(checkAckIds(ackIds), checkDeadline(ackDeadlineSeconds))
    return {}
  })
  subscriber.raw('Pull', async (bytes, call) => {
    const { subscription: name, maxMessages, returnImmediately } = v1.PullRequest.decode(bytes)
    if (maxMessages <= 0)
      throw new GoogleError('INVALID_ARGUMENT', `Invalid max_messages ${maxMessages}: it must be positive.`)
    return encodeReceivedMessages(
      await waitForMessages(registry.pulled(name), maxMessages, returnImmediately, {
        onGone: (listener) => call.on('cancelled', listener),
      }),
    )
  })
  subscriber.stream('StreamingPull', (call) =>
    new StreamingPull(registry, call, trouble, pullStreamAgeMs).start(),
  )

  publisher.addTo(server)
  subscriber.addTo(server)
}

function decoded<Request>(type: MessageClass<Request>, bytes: Buffer): Request {
  try {
    return type.decode(bytes)
  } catch (error) {
    throw new GoogleError('INVALID_ARGUMENT', `The request is no protobuf: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** A decoded message as a plain object that holds only what was sent. */
function plain(message: object | null | undefined): Record<string, unknown> {
  return { ...message }
}

/** Durations of proto3 JSON ("600s") as protobuf's own, which fromObject asks for. */
function protoDurations(resource: Record<string, unknown>): object {
  const entries = Object.entries(resource).map(([key, value]): [string, unknown] => {
    if (typeof value === 'string' && /^\d+(\.\d+)?s$/.test(value) && /Duration$|Backoff$|^ttl$/.test(key)) {
      const seconds = Number(value.slice(0, -1))
      return [key, { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) }]
    }
    const nested = key.endsWith('Policy') && typeof value === 'object' && value !== null
    return [key, nested ? protoDurations(value as Record<string, unknown>) : value]
  })
  return Object.fromEntries(entries)
}

class ServiceTable {
  readonly #name: string
  readonly #trouble: Trouble
  readonly #definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {}
  readonly #handlers: Record<string, grpc.UntypedHandleCall> = {}

  constructor(name: string, trouble: Trouble) {
    this.#name = name
    this.#trouble = trouble
  }

  unary<Request, Response>(
    method: string,
    request: MessageClass<Request>,
    response: MessageClass<Response>,
    handle: Unary<Request>,
  ): void {
    this.raw(method, async (bytes) => {
      const answer = response.fromObject(await handle(decoded(request, bytes) as Sent<Request>))
      return response.encode(answer).finish()
    })
  }

  /** A unary method that works on the bytes themselves. */
  raw(
    method: string,
    handle: (bytes: Buffer, call: grpc.ServerUnaryCall<Buffer, Buffer>) => Uint8Array | Promise<Uint8Array>,
  ): void {
    this.#define(method, false)
    const handler: grpc.handleUnaryCall<Buffer, Buffer> = (call, callback) => {
      const { faults, dropConnections } = this.#trouble
      const fault = faults.at(method === 'Publish' ? 'pubsub.publish' : 'pubsub.admin')
      const answer = async () =>
        Buffer.from(await withFault(fault, () => handle(call.request, call), dropConnections))
      answer().then(
        (bytes) => callback(null, bytes),
        (error: unknown) => callback(toGoogleError(error)),
      )
    }
    this.#handlers[method] = handler
  }

  stream(method: string, handle: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => void): void {
    this.#define(method, true)
    this.#handlers[method] = handle as grpc.UntypedHandleCall
  }

  addTo(server: grpc.Server): void {
    server.addService(this.#definition, this.#handlers)
  }

  #define(method: string, streaming: boolean): void {
    this.#definition[method] = {
      path: `/${this.#name}/${method}`,
      requestStream: streaming,
      responseStream: streaming,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
      originalName: method,
    }
  }
}

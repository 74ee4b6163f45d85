import type { FastifyInstance } from 'fastify'
import { composeBody, partsOf } from './message.ts'
import { checkAckIds, checkDeadline } from './settlement-checks.ts'
import type { PubSub } from './pubsub.ts'
import { pageOf } from './page.ts'
import {
  readProtoJson,
  SUBSCRIPTION_SHAPE,
  SUBSCRIPTION_UPDATE,
  TOPIC_SHAPE,
  TOPIC_UPDATE,
  VERB_SHAPES,
} from './proto-json.ts'
import { waitForMessages, type Caller } from './pull.ts'
import {
  readPush,
  readSubscription,
  readTopic,
  subscriptionJson,
  topicJson,
  type SubscriptionResource,
  type TopicResource,
} from './resources-json.ts'
import type { Lease } from './subscription.ts'
import { applyMask, SUBSCRIPTION_CHANGES, TOPIC_CHANGES } from './update-mask.ts'
import { GoogleError, unsupported } from '../google-error.ts'

interface RestMessage {
  data?: string
  attributes?: Record<string, string>
  orderingKey?: string
}

interface Named {
  Params: { project: string; id: string }
}

/** The REST surface that gcloud and other HTTP clients use, on the port of the gRPC services. */
export function addPubSubRest(app: FastifyInstance, cloud: PubSub): void {
  const { registry } = cloud
  app.get('/v1/projects/:project/topics', ({ params, query }) => {
    const { project } = params as { project: string }
    const { items, ...next } = page(registry.listTopics(`projects/${project}`), nameOf, query)
    return { topics: items.map(topicJson), ...next }
  })
  app.get('/v1/projects/:project/subscriptions', ({ params, query }) => {
    const { project } = params as { project: string }
    const { items, ...next } = page(registry.listSubscriptions(`projects/${project}`), nameOf, query)
    return { subscriptions: items.map(subscriptionJson), ...next }
  })
  for (const kind of ['snapshots', 'schemas']) {
    app.all(`/v1/projects/:project/${kind}*`, () => {
      throw unsupported(kind)
    })
  }

  app.put<Named & { Body: TopicResource }>('/v1/projects/:project/topics/:id', ({ params, body }) =>
    topicJson(
      registry.createTopic(
        readTopic({ ...(readProtoJson(body, TOPIC_SHAPE) as TopicResource), name: topicName(params) }),
      ),
    ),
  )
  app.get<Named>('/v1/projects/:project/topics/:id', ({ params }) =>
    topicJson(registry.getTopic(topicName(params))),
  )
  app.patch<Named & { Body: { topic: TopicResource; updateMask: string } }>(
    '/v1/projects/:project/topics/:id',
    ({ params, body, query }) => {
      const before = topicJson(registry.getTopic(topicName(params))) as TopicResource
      const { topic, updateMask } = readProtoJson(body, TOPIC_UPDATE) as typeof body
      return topicJson(
        registry.updateTopic(readTopic(applyMask(before, topic, paths(updateMask, query), TOPIC_CHANGES))),
      )
    },
  )
  app.delete<Named>('/v1/projects/:project/topics/:id', ({ params }) => {
    registry.deleteTopic(topicName(params))
    return {}
  })
  app.get<Named>('/v1/projects/:project/topics/:id/subscriptions', ({ params, query }) => {
    const { items, ...next } = page(registry.topicSubscriptions(topicName(params)), String, query)
    return { subscriptions: items, ...next }
  })
  app.put<Named & { Body: SubscriptionResource }>(
    '/v1/projects/:project/subscriptions/:id',
    ({ params, body }) =>
      subscriptionJson(
        registry.createSubscription(
          readSubscription({
            ...(readProtoJson(body, SUBSCRIPTION_SHAPE) as SubscriptionResource),
            name: subscriptionName(params),
          }),
        ),
      ),
  )
  app.get<Named>('/v1/projects/:project/subscriptions/:id', ({ params }) =>
    subscriptionJson(registry.getSubscription(subscriptionName(params))),
  )
  app.patch<Named & { Body: { subscription: SubscriptionResource; updateMask: string } }>(
    '/v1/projects/:project/subscriptions/:id',
    ({ params, body, query }) => {
      const before = subscriptionJson(
        registry.getSubscription(subscriptionName(params)),
      ) as SubscriptionResource
      const { subscription, updateMask } = readProtoJson(body, SUBSCRIPTION_UPDATE) as typeof body
      const after = applyMask(before, subscription, paths(updateMask, query), SUBSCRIPTION_CHANGES)
      return subscriptionJson(registry.updateSubscription(readSubscription(after)))
    },
  )
  app.delete<Named>('/v1/projects/:project/subscriptions/:id', ({ params }) => {
    registry.deleteSubscription(subscriptionName(params))
    return {}
  })
  addVerbs(app, 'topics', {
    publish: (name, { messages }: { messages?: RestMessage[] }) => ({
      messageIds: cloud.publish(name, (messages ?? []).map(readMessage)),
    }),
  })
  addVerbs(app, 'subscriptions', {
    pull: async (name, { maxMessages = 0, returnImmediately = false }: PullBody, caller) => {
      if (maxMessages <= 0) {
        throw new GoogleError('INVALID_ARGUMENT', `Invalid maxMessages ${maxMessages}: it must be positive.`)
      }
      const leases = await waitForMessages(registry.pulled(name), maxMessages, returnImmediately, caller)
      return leases.length > 0 ? { receivedMessages: leases.map(receivedJson) } : {}
    },
    acknowledge: (name, { ackIds }: AckBody) => {
      registry.subscription(name).acknowledge(checkAckIds(ackIds ?? []))
      return {}
    },
    modifyAckDeadline: (name, { ackIds, ackDeadlineSeconds }: AckBody) => {
      const seconds = checkDeadline(ackDeadlineSeconds ?? 0)
      registry.subscription(name).modifyAckDeadline(checkAckIds(ackIds ?? []), seconds)
      return {}
    },
    modifyPushConfig: (name, { pushConfig }: { pushConfig?: SubscriptionResource['pushConfig'] }) => {
      const { push: _, ...config } = registry.getSubscription(name)
      const push = readPush(pushConfig ?? {})
      registry.updateSubscription(push.endpoint === '' ? config : { ...config, push })
      return {}
    },
  })
}

interface PullBody {
  maxMessages?: number
  returnImmediately?: boolean
}

interface AckBody {
  ackIds?: string[]
  ackDeadlineSeconds?: number
}

// oxlint-disable-next-line typescript/no-explicit-any -- each verb reads a body of its own kind
type Verb = (name: string, body: any, caller: Caller) => object | Promise<object>

/** Google's custom methods: `POST /v1/projects/P/topics/T:publish`. Those that are not here are refused by name. */
function addVerbs(app: FastifyInstance, collection: string, verbs: Readonly<Record<string, Verb>>): void {
  app.post<Named>(`/v1/projects/:project/${collection}/:id`, ({ params, body }, reply) => {
    const [id, verb = 'POST'] = params.id.split(':')
    const handle = verbs[verb]
    if (!handle) throw unsupported(`${collection}.${verb}`)
    return handle(
      `projects/${params.project}/${collection}/${id}`,
      readProtoJson(body, VERB_SHAPES[verb] ?? {}),
      {
        onGone: (listener) => reply.raw.once('close', listener),
      },
    )
  })
}

function readMessage({ data, attributes, orderingKey }: RestMessage): Buffer {
  const texts = { ...attributes, orderingKey: orderingKey ?? '', data: data ?? '' }
  for (const [name, value] of Object.entries<unknown>(texts)) {
    if (typeof value !== 'string' || !value.isWellFormed())
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid value of ${name}: ${JSON.stringify(value)} is no text.`,
      )
  }
  if (!BASE64.test(data ?? ''))
    throw new GoogleError('INVALID_ARGUMENT', `Invalid value of data: "${data?.slice(0, 100)}" is no base64.`)
  return composeBody(Buffer.from(data ?? '', 'base64'), attributes ?? {}, orderingKey)
}

/** Of both alphabets, as proto3 JSON takes it. */
const BASE64 = /^[\w+/-]*={0,2}$/

const topicName = (params: Named['Params']): string => nameIn('topics', params)
const subscriptionName = (params: Named['Params']): string => nameIn('subscriptions', params)

function nameIn(collection: string, { project, id }: Named['Params']): string {
  const [, verb] = id.split(':')
  if (verb !== undefined) throw unsupported(`${collection}.${verb}`)
  return `projects/${project}/${collection}/${id}`
}

const nameOf = ({ name }: { name: string }): string => name

/** As proto3 JSON has it: what is empty is left out. */
function page<T>(all: readonly T[], named: (item: T) => string, query: unknown) {
  const { pageSize, pageToken } = query as { pageSize?: string; pageToken?: string }
  const asked = { ...(pageSize !== undefined && { pageSize: Number(pageSize) }), pageToken: pageToken ?? '' }
  const { items, nextPageToken } = pageOf(all, named, asked)
  return { items, ...(nextPageToken !== '' && { nextPageToken }) }
}

/** The mask is in the body for gcloud, and in the query for others. */
function paths(inBody: string | undefined, query: unknown): string[] {
  const mask = inBody ?? (query as { updateMask?: string }).updateMask
  return mask ? mask.split(',') : []
}

function receivedJson({ ackId, message, attempt }: Lease): object {
  const { data, attributes, orderingKey } = partsOf(message)
  return {
    ackId,
    message: {
      data: data.toString('base64'),
      ...(Object.keys(attributes).length > 0 && { attributes }),
      messageId: message.id,
      publishTime: new Date(message.publishTime).toISOString(),
      ...(orderingKey !== '' && { orderingKey }),
    },
    ...(attempt > 0 && { deliveryAttempt: attempt }),
  }
}

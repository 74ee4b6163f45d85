import type { FastifyInstance } from 'fastify'
import { GoogleError, unsupported } from '../google-error.ts'
import type { Registry } from '../pubsub/topics/registry.ts'
import type { SubscriptionConfig } from '../pubsub/resources/subscription-config.ts'

// A trigger is a push subscription, as at Google: `eventarc-REGION-TRIGGER-sub-NNN`, with these labels to find it by.
const TRIGGER = 'local-cloud-trigger'
const LOCATION = 'local-cloud-location'
/** Milliseconds since 1970. */
const CREATED = 'local-cloud-created'
const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished'
const ID = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/

interface TriggerBody {
  readonly eventFilters?: readonly {
    readonly attribute?: string
    readonly value?: string
    readonly operator?: string
  }[]
  readonly transport?: { readonly pubsub?: { readonly topic?: string } }
  readonly destination?: {
    readonly httpEndpoint?: { readonly uri?: string }
    readonly [other: string]: unknown
  }
}

/** Eventarc's REST API v1 for triggers on a Pub/Sub topic with an HTTP destination. */
export function addEventarcRest(app: FastifyInstance, registry: Registry): void {
  const all = '/v1/projects/:project/locations/:location/triggers'
  app.get(all, ({ params }) => {
    const { project, location } = params as Place
    const triggers = registry
      .listSubscriptions(`projects/${project}`)
      .filter(({ labels }) => labels[LOCATION] === location)
    return { triggers: triggers.map(triggerResource) }
  })
  app.post(all, ({ params, query, body }) => {
    const place = params as Place
    const trigger = (query as { triggerId?: string }).triggerId ?? ''
    const created = registry.createSubscription(
      subscriptionFor(place, trigger, body as TriggerBody),
      'eventarc',
    )
    return operation(place, triggerResource(created))
  })
  app.get(`${all}/:trigger`, ({ params }) =>
    triggerResource(find(registry, params as Place & { trigger: string })),
  )
  app.delete(`${all}/:trigger`, ({ params }) => {
    const place = params as Place & { trigger: string }
    const subscription = find(registry, place)
    registry.deleteSubscription(subscription.name)
    return operation(place, triggerResource(subscription))
  })
}

interface Place {
  readonly project: string
  readonly location: string
}

function subscriptionFor(
  { project, location }: Place,
  trigger: string,
  body: TriggerBody,
): SubscriptionConfig {
  if (!ID.test(trigger)) {
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid triggerId "${trigger}": lower-case letters, digits and dashes.`,
    )
  }
  const type = body.eventFilters?.find(({ attribute }) => attribute === 'type')?.value
  if (type !== EVENT_TYPE || body.eventFilters?.length !== 1) {
    throw unsupported(`triggers with other event filters than type = ${EVENT_TYPE}`)
  }
  const endpoint = body.destination?.httpEndpoint?.uri
  if (!endpoint) throw unsupported('trigger destinations other than httpEndpoint.uri')
  const topic = body.transport?.pubsub?.topic
  if (!topic) throw unsupported('triggers without transport.pubsub.topic (Eventarc would make a topic)')
  return {
    name: `projects/${project}/subscriptions/eventarc-${location}-${trigger}-sub-001`,
    topic,
    // docs eventarc/retry-events: retention of 24 h, retries from 10 s to 600 s
    ackDeadlineSeconds: 10,
    messageRetentionSeconds: 86_400,
    retryPolicy: { minimumBackoffMs: 10_000, maximumBackoffMs: 600_000 },
    labels: { [TRIGGER]: trigger, [LOCATION]: location, [CREATED]: String(Date.now()) },
    filter: '',
    push: { endpoint, attributes: {} },
  }
}

function find(
  registry: Registry,
  { project, location, trigger }: Place & { trigger: string },
): SubscriptionConfig {
  const found = registry
    .listSubscriptions(`projects/${project}`)
    .find(({ labels }) => labels[TRIGGER] === trigger && labels[LOCATION] === location)
  if (!found) {
    const name = `projects/${project}/locations/${location}/triggers/${trigger}`
    throw new GoogleError('NOT_FOUND', `Resource '${name}' was not found`)
  }
  return found
}

function triggerResource({ name, topic, labels, push }: SubscriptionConfig): {
  name: string
  [field: string]: unknown
} {
  const project = name.split('/')[1]
  // a trigger is never changed here. gcloud needs both times to list it; one that an older version made has neither
  const time = new Date(Number(labels[CREATED] ?? 0)).toISOString()
  return {
    name: `projects/${project}/locations/${labels[LOCATION]}/triggers/${labels[TRIGGER]}`,
    createTime: time,
    updateTime: time,
    eventFilters: [{ attribute: 'type', value: EVENT_TYPE }],
    destination: { httpEndpoint: { uri: push?.endpoint } },
    transport: { pubsub: { topic, subscription: name } },
  }
}

/** Eventarc answers changes with a long-running operation; here it is done at once. */
function operation({ project, location }: Place, response: { name: string }): object {
  return {
    name: `projects/${project}/locations/${location}/operations/done`,
    metadata: { target: response.name },
    done: true,
    response,
  }
}

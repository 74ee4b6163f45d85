import { GoogleError, unsupported } from '../google-error.ts'
import type { TopicConfig } from './resources.ts'
import type { BigQueryConfig, SubscriptionConfig } from './subscription-config.ts'

// REST speaks proto3 JSON, gRPC protobuf objects: both come here as plain objects with camelCase names, durations as
// "600s" (REST) or {seconds, nanos} (gRPC). What local-cloud does not do is refused by name, never dropped.

type Duration =
  | string
  | { seconds?: number | string | { toString(): string } | null; nanos?: number | null }
  | null
  | undefined

export interface TopicResource {
  name?: string | null
  labels?: Record<string, string> | null
  messageRetentionDuration?: Duration
  [other: string]: unknown
}

export interface SubscriptionResource {
  name?: string | null
  topic?: string | null
  ackDeadlineSeconds?: number | null
  messageRetentionDuration?: Duration
  labels?: Record<string, string> | null
  filter?: string | null
  expirationPolicy?: { ttl?: Duration } | null
  pushConfig?: {
    pushEndpoint?: string | null
    attributes?: Record<string, string> | null
    [other: string]: unknown
  } | null
  bigqueryConfig?: {
    table?: string | null
    writeMetadata?: boolean | null
    useTableSchema?: boolean | null
    dropUnknownFields?: boolean | null
    [other: string]: unknown
  } | null
  deadLetterPolicy?: { deadLetterTopic?: string | null; maxDeliveryAttempts?: number | null } | null
  retryPolicy?: { minimumBackoff?: Duration; maximumBackoff?: Duration } | null
  [other: string]: unknown
}

const TOPIC_FIELDS = new Set(['name', 'labels', 'messageRetentionDuration', 'state', 'tags'])
const SUBSCRIPTION_FIELDS = new Set([
  'name',
  'topic',
  'ackDeadlineSeconds',
  'messageRetentionDuration',
  'labels',
  'filter',
  'expirationPolicy',
  'pushConfig',
  'bigqueryConfig',
  'deadLetterPolicy',
  'retryPolicy',
  'state',
  'tags',
  'topicMessageRetentionDuration',
])
const SEVEN_DAYS = 604_800
const MONTH = '2678400s'

export function readTopic(resource: TopicResource): TopicConfig {
  refuseOthers('topic', resource, TOPIC_FIELDS)
  const retention = resource.messageRetentionDuration
  return {
    name: resource.name ?? '',
    labels: resource.labels ?? {},
    ...(retention && { messageRetentionDuration: `${seconds(retention, 0)}s` }),
  }
}

export function readSubscription(resource: SubscriptionResource): SubscriptionConfig {
  refuseOthers('subscription', resource, SUBSCRIPTION_FIELDS)
  const { deadLetterPolicy, retryPolicy, pushConfig, bigqueryConfig, expirationPolicy } = resource
  // an expiration policy without ttl means never; no policy means 31 days
  const ttl = expirationPolicy
    ? expirationPolicy.ttl
      ? `${seconds(expirationPolicy.ttl, 0)}s`
      : undefined
    : MONTH
  if (deadLetterPolicy?.maxDeliveryAttempts && !deadLetterPolicy.deadLetterTopic)
    throw new GoogleError('INVALID_ARGUMENT', 'dead_letter_policy has no dead_letter_topic.')
  return {
    name: resource.name ?? '',
    topic: resource.topic ?? '',
    ackDeadlineSeconds: resource.ackDeadlineSeconds || 10,
    messageRetentionSeconds: seconds(resource.messageRetentionDuration, SEVEN_DAYS),
    labels: resource.labels ?? {},
    filter: resource.filter ?? '',
    ...(ttl !== undefined && { expirationTtl: ttl }),
    ...(pushConfig?.pushEndpoint && { push: readPush(pushConfig) }),
    ...(bigqueryConfig?.table && { bigquery: readBigQuery(bigqueryConfig) }),
    ...(deadLetterPolicy?.deadLetterTopic && {
      deadLetterPolicy: {
        deadLetterTopic: deadLetterPolicy.deadLetterTopic,
        maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts || 5,
      },
    }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoffMs: seconds(retryPolicy.minimumBackoff, 10) * 1000,
        maximumBackoffMs: seconds(retryPolicy.maximumBackoff, 600) * 1000,
      },
    }),
  }
}

export function readPush(pushConfig: NonNullable<SubscriptionResource['pushConfig']>) {
  // the token would be signed by Google: nothing local could verify it
  refuseOthers(
    'pushConfig',
    pushConfig,
    new Set(['pushEndpoint', 'attributes', 'oidcToken', 'pubsubWrapper']),
  )
  return { endpoint: pushConfig.pushEndpoint ?? '', attributes: pushConfig.attributes ?? {} }
}

const BIGQUERY_FIELDS = new Set([
  'table',
  'writeMetadata',
  'useTableSchema',
  'dropUnknownFields',
  'serviceAccountEmail',
  'state',
])

function readBigQuery(config: NonNullable<SubscriptionResource['bigqueryConfig']>): BigQueryConfig {
  refuseOthers('bigqueryConfig', config, BIGQUERY_FIELDS)
  return {
    table: config.table ?? '',
    writeMetadata: config.writeMetadata ?? false,
    useTableSchema: config.useTableSchema ?? false,
    dropUnknownFields: config.dropUnknownFields ?? false,
  }
}

/** Proto3 JSON of a topic, as REST answers it. */
export function topicJson(config: TopicConfig): Record<string, unknown> {
  const { name, labels, messageRetentionDuration } = config
  return {
    name,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(messageRetentionDuration !== undefined && { messageRetentionDuration }),
    state: 'ACTIVE',
  }
}

/** Proto3 JSON of a subscription, as REST answers it. */
export function subscriptionJson(config: SubscriptionConfig): Record<string, unknown> {
  const { deadLetterPolicy, retryPolicy, push, bigquery, labels, filter, expirationTtl } = config
  return {
    name: config.name,
    topic: config.topic,
    pushConfig: push ? { pushEndpoint: push.endpoint, attributes: push.attributes } : {},
    ...(bigquery && { bigqueryConfig: { ...bigquery, state: 'ACTIVE' } }),
    ackDeadlineSeconds: config.ackDeadlineSeconds,
    messageRetentionDuration: `${config.messageRetentionSeconds}s`,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(filter !== '' && { filter }),
    expirationPolicy: expirationTtl === undefined ? {} : { ttl: expirationTtl },
    ...(deadLetterPolicy && { deadLetterPolicy }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: `${retryPolicy.minimumBackoffMs / 1000}s`,
        maximumBackoff: `${retryPolicy.maximumBackoffMs / 1000}s`,
      },
    }),
    state: 'ACTIVE',
  }
}

function seconds(duration: Duration, otherwise: number): number {
  if (duration === null || duration === undefined) return otherwise
  if (typeof duration !== 'string') return Number(duration.seconds ?? 0) + (duration.nanos ?? 0) / 1e9
  const match = /^(\d+(?:\.\d+)?)s$/.exec(duration)
  if (!match)
    throw new GoogleError('INVALID_ARGUMENT', `"${duration}" is no duration: it is written like "600s".`)
  return Number(match[1])
}

function refuseOthers(kind: string, resource: object, known: ReadonlySet<string>): void {
  for (const [field, value] of Object.entries(resource)) {
    if (!known.has(field) && !isDefault(value)) throw unsupported(`${kind}.${field}`)
  }
}

/** Whether a field says nothing: absent, false, zero or empty, as protobuf's defaults. */
function isDefault(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return true
  return Array.isArray(value) && value.length === 0
}

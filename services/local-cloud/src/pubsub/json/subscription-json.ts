import { GoogleError } from '../../google-error.ts'
import { readDuration, refuseOthers, type Duration } from '../resources/json-values.ts'
import { pushJson, readPush, type PushResource } from './push-json.ts'
import {
  readStorageConfig,
  storageConfigJson,
  type StorageConfigResource,
} from '../resources/storage-config.ts'
import type { BigQueryConfig, SubscriptionConfig } from '../resources/subscription-config.ts'

export interface SubscriptionResource {
  name?: string | null
  topic?: string | null
  ackDeadlineSeconds?: number | null
  messageRetentionDuration?: Duration
  labels?: Record<string, string> | null
  filter?: string | null
  retainAckedMessages?: boolean | null
  enableMessageOrdering?: boolean | null
  enableExactlyOnceDelivery?: boolean | null
  detached?: boolean | null
  expirationPolicy?: { ttl?: Duration } | null
  pushConfig?: PushResource | null
  bigqueryConfig?: {
    table?: string | null
    writeMetadata?: boolean | null
    useTableSchema?: boolean | null
    dropUnknownFields?: boolean | null
    [other: string]: unknown
  } | null
  cloudStorageConfig?: StorageConfigResource | null
  deadLetterPolicy?: { deadLetterTopic?: string | null; maxDeliveryAttempts?: number | null } | null
  retryPolicy?: { minimumBackoff?: Duration; maximumBackoff?: Duration } | null
  [other: string]: unknown
}

const FIELDS = new Set([
  'name',
  'topic',
  'ackDeadlineSeconds',
  'messageRetentionDuration',
  'labels',
  'filter',
  'retainAckedMessages',
  'enableMessageOrdering',
  'enableExactlyOnceDelivery',
  'detached',
  'expirationPolicy',
  'pushConfig',
  'bigqueryConfig',
  'cloudStorageConfig',
  'deadLetterPolicy',
  'retryPolicy',
  'state',
  'tags',
  'topicMessageRetentionDuration',
])
const SEVEN_DAYS = 604_800
const MONTH = '2678400s'

export function readSubscription(resource: SubscriptionResource): SubscriptionConfig {
  refuseOthers('subscription', resource, FIELDS)
  const { deadLetterPolicy, retryPolicy, pushConfig, bigqueryConfig, expirationPolicy } = resource
  // an expiration policy without ttl means never; no policy means 31 days
  const ttl = expirationPolicy
    ? expirationPolicy.ttl
      ? `${readDuration(expirationPolicy.ttl, 0)}s`
      : undefined
    : MONTH
  if (deadLetterPolicy?.maxDeliveryAttempts && !deadLetterPolicy.deadLetterTopic)
    throw new GoogleError('INVALID_ARGUMENT', 'dead_letter_policy has no dead_letter_topic.')
  const { cloudStorageConfig } = resource
  const storage = cloudStorageConfig?.bucket ? readStorageConfig(cloudStorageConfig) : undefined
  return {
    name: resource.name ?? '',
    topic: resource.topic ?? '',
    // a file is open for longer than others hold a message
    ackDeadlineSeconds: resource.ackDeadlineSeconds || (storage?.maxSeconds ?? 10),
    messageRetentionSeconds: readDuration(resource.messageRetentionDuration, SEVEN_DAYS),
    labels: resource.labels ?? {},
    filter: resource.filter ?? '',
    ...(resource.retainAckedMessages && { retainAckedMessages: true }),
    ...(resource.enableMessageOrdering && { enableMessageOrdering: true }),
    ...(resource.enableExactlyOnceDelivery && { enableExactlyOnceDelivery: true }),
    ...(resource.detached && { detached: true }),
    ...(ttl !== undefined && { expirationTtl: ttl }),
    ...(pushConfig?.pushEndpoint && { push: readPush(pushConfig) }),
    ...(bigqueryConfig?.table && { bigquery: readBigQuery(bigqueryConfig) }),
    ...(storage && { storage }),
    ...(deadLetterPolicy?.deadLetterTopic && {
      deadLetterPolicy: {
        deadLetterTopic: deadLetterPolicy.deadLetterTopic,
        maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts || 5,
      },
    }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoffMs: readDuration(retryPolicy.minimumBackoff, 10) * 1000,
        maximumBackoffMs: readDuration(retryPolicy.maximumBackoff, 600) * 1000,
      },
    }),
  }
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

/**
 * Proto3 JSON of a subscription, as REST answers it.
 *
 * @param topicRetention message retention of its topic, which Google shows with each subscription
 */
export function subscriptionJson(
  config: SubscriptionConfig,
  topicRetention?: string,
): Record<string, unknown> {
  const { deadLetterPolicy, retryPolicy, push, bigquery, storage, labels, filter, expirationTtl } = config
  return {
    name: config.name,
    topic: config.topic,
    pushConfig: push ? pushJson(push) : {},
    ...(bigquery && { bigqueryConfig: { ...bigquery, state: 'ACTIVE' } }),
    ...(storage && { cloudStorageConfig: storageConfigJson(storage) }),
    ackDeadlineSeconds: config.ackDeadlineSeconds,
    messageRetentionDuration: `${config.messageRetentionSeconds}s`,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(filter !== '' && { filter }),
    ...(config.retainAckedMessages && { retainAckedMessages: true }),
    ...(config.enableMessageOrdering && { enableMessageOrdering: true }),
    ...(config.enableExactlyOnceDelivery && { enableExactlyOnceDelivery: true }),
    ...(config.detached && { detached: true }),
    expirationPolicy: expirationTtl === undefined ? {} : { ttl: expirationTtl },
    ...(deadLetterPolicy && { deadLetterPolicy }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: `${retryPolicy.minimumBackoffMs / 1000}s`,
        maximumBackoff: `${retryPolicy.maximumBackoffMs / 1000}s`,
      },
    }),
    ...(topicRetention !== undefined && { topicMessageRetentionDuration: topicRetention }),
    state: 'ACTIVE',
  }
}

import { GoogleError } from '../../google-error.ts'
import { parseFilter } from './filter.ts'
import { checkStorageConfig, type StorageConfig } from './storage-config.ts'

/** What a subscription was asked to be, in the units that the delivery works in. */
export interface SubscriptionConfig {
  readonly name: string
  readonly topic: string
  readonly ackDeadlineSeconds: number
  readonly messageRetentionSeconds: number
  readonly labels: Readonly<Record<string, string>>
  readonly filter: string
  /** These four are absent where they are not asked for, as in a data folder of an earlier version. */
  readonly retainAckedMessages?: boolean
  readonly enableMessageOrdering?: boolean
  readonly enableExactlyOnceDelivery?: boolean
  readonly detached?: boolean
  /** Absent: never expires (ttl empty). local-cloud keeps the setting and never expires a subscription. */
  readonly expirationTtl?: string
  readonly push?: PushConfig
  readonly bigquery?: BigQueryConfig
  readonly storage?: StorageConfig
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number }
  readonly retryPolicy?: { readonly minimumBackoffMs: number; readonly maximumBackoffMs: number }
}

export interface PushConfig {
  readonly endpoint: string
  readonly attributes: Readonly<Record<string, string>>
  /** The body is the message's data alone. */
  readonly noWrapper?: { readonly writeMetadata: boolean }
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string }
}

/** Where a BigQuery subscription writes, and what. */
export interface BigQueryConfig {
  /** `project.dataset.table` */
  readonly table: string
  readonly writeMetadata: boolean
  /** The data is JSON, and its fields are the table's columns. */
  readonly useTableSchema: boolean
  readonly dropUnknownFields: boolean
}

const DAY = 86_400

/** Checks the rules of google/pubsub/v1/pubsub.proto. @throws GoogleError naming the field, the rule and the value */
export function checkSubscription(config: SubscriptionConfig): SubscriptionConfig {
  const {
    ackDeadlineSeconds,
    messageRetentionSeconds,
    deadLetterPolicy,
    retryPolicy,
    filter,
    push,
    bigquery,
    storage,
  } = config
  within('ack_deadline_seconds', ackDeadlineSeconds, 10, 600)
  within('message_retention_duration', messageRetentionSeconds, 600, 31 * DAY)
  if (deadLetterPolicy) {
    const attempts = deadLetterPolicy.maxDeliveryAttempts
    if (attempts < 5) tooFar('OUT_OF_RANGE', 'max_delivery_attempts', attempts, 'the minimum value is 5')
    if (attempts > 100) tooFar('OUT_OF_RANGE', 'max_delivery_attempts', attempts, 'the maximum value is 100')
  }
  if (retryPolicy) {
    within('retry_policy.minimum_backoff', retryPolicy.minimumBackoffMs / 1000, 0, 600)
    within('retry_policy.maximum_backoff', retryPolicy.maximumBackoffMs / 1000, 0, 600)
    if (retryPolicy.minimumBackoffMs > retryPolicy.maximumBackoffMs) {
      throw new GoogleError('INVALID_ARGUMENT', 'retry_policy.minimum_backoff is larger than maximum_backoff')
    }
  }
  if (push && !isHttpUrl(push.endpoint)) {
    throw new GoogleError('INVALID_ARGUMENT', `push_config.push_endpoint is no URL: "${push.endpoint}"`)
  }
  if ([push, bigquery, storage].filter(Boolean).length > 1)
    throw new GoogleError(
      'INVALID_ARGUMENT',
      'Only one of push_config, bigquery_config and cloud_storage_config can be set.',
    )
  if (storage) checkStorageConfig(storage, ackDeadlineSeconds)
  if ((push || bigquery || storage) && config.enableExactlyOnceDelivery)
    throw new GoogleError('INVALID_ARGUMENT', 'Exactly-once delivery is for subscriptions that are pulled.')
  if (push?.oidcToken?.serviceAccountEmail === '')
    throw new GoogleError('INVALID_ARGUMENT', 'push_config.oidc_token has no service_account_email.')
  if (config.expirationTtl !== undefined && !(Number.parseFloat(config.expirationTtl) >= DAY))
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid expiration_policy.ttl ${config.expirationTtl}: the minimum is 1 day.`,
    )
  checkLabels(config.labels)
  parseFilter(filter)
  return config
}

/** cloud.google.com/resource-manager/docs/creating-managing-labels#requirements */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels)
  if (entries.length > 64)
    throw new GoogleError('INVALID_ARGUMENT', `There are ${entries.length} labels; 64 is the limit.`)
  for (const [key, value] of entries) {
    if (!LABEL_KEY.test(key) || !LABEL_VALUE.test(value)) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid label "${key}": "${value}". Lower-case letters, digits, _ and -, at most 63; a key begins with a letter.`,
      )
    }
  }
}

const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u

export function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

function within(field: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most))
    tooFar('INVALID_ARGUMENT', field, value, `it must be ${least} to ${most}`)
}

function tooFar(
  status: 'INVALID_ARGUMENT' | 'OUT_OF_RANGE',
  field: string,
  value: number,
  rule: string,
): never {
  throw new GoogleError(status, `Invalid ${field} ${value}: ${rule}.`)
}

import { GoogleError } from '../../google-error.ts'
import { INGESTION_FIELDS } from '../resources/ingestion-settings.ts'

/** The fields of a message in proto3 JSON, by their camelCase names; `true`: taken as it is. */
export interface Shape {
  readonly [field: string]: Shape | true
}

/**
 * A body with its names in camelCase. Proto3 JSON takes both spellings of a name, and Google refuses names that are none:
 * protobuf.dev/programming-guides/json.
 *
 * @throws GoogleError INVALID_ARGUMENT in Google's words
 */
export function readProtoJson(body: unknown, shape: Shape, path = ''): unknown {
  if (Array.isArray(body)) return body.map((item, index) => readProtoJson(item, shape, `${path}[${index}]`))
  if (body === null || body === undefined) return {}
  if (typeof body !== 'object') throw invalid(`"${path || 'the body'}" is no object.`)
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    const field = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    const inner = Object.hasOwn(shape, field) ? shape[field] : undefined
    if (inner === undefined) throw invalid(`Unknown name "${name}" at '${path}': Cannot find field.`)
    const isMessage = inner !== true && typeof value === 'object' && value !== null
    read[field] = isMessage ? readProtoJson(value, inner, path === '' ? field : `${path}.${field}`) : value
  }
  return read
}

function invalid(what: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `Invalid JSON payload received. ${what}`)
}

function fields(...names: readonly string[]): Shape {
  return Object.fromEntries(names.map((name) => [name, true]))
}

// google/pubsub/v1/pubsub.proto. What local-cloud does not do is here as well: it is refused by name later.
const PUSH = fields('pushEndpoint', 'attributes', 'oidcToken', 'pubsubWrapper', 'noWrapper')

export const TOPIC_SHAPE: Shape = {
  ...fields(
    'name',
    'labels',
    'kmsKeyName',
    'satisfiesPzs',
    'messageRetentionDuration',
    'state',
    'messageTransforms',
    'tags',
  ),
  messageStoragePolicy: fields('allowedPersistenceRegions', 'enforceInTransit'),
  schemaSettings: fields('schema', 'encoding', 'firstRevisionId', 'lastRevisionId'),
  ingestionDataSourceSettings: {
    ...fields('cloudStorage', 'platformLogsSettings'),
    ...Object.fromEntries(Object.entries(INGESTION_FIELDS).map(([name, all]) => [name, fields(...all)])),
  },
}

export const SUBSCRIPTION_SHAPE: Shape = {
  ...fields(
    'name',
    'topic',
    'bigtableConfig',
    'ackDeadlineSeconds',
    'retainAckedMessages',
    'messageRetentionDuration',
    'labels',
    'enableMessageOrdering',
    'filter',
    'detached',
    'enableExactlyOnceDelivery',
    'topicMessageRetentionDuration',
    'state',
    'analyticsHubSubscriptionInfo',
    'messageTransforms',
    'tags',
  ),
  pushConfig: PUSH,
  bigqueryConfig: fields(
    'table',
    'useTopicSchema',
    'writeMetadata',
    'dropUnknownFields',
    'state',
    'useTableSchema',
    'serviceAccountEmail',
  ),
  cloudStorageConfig: {
    ...fields(
      'bucket',
      'filenamePrefix',
      'filenameSuffix',
      'filenameDatetimeFormat',
      'textConfig',
      'maxDuration',
      'maxBytes',
      'maxMessages',
      'state',
      'serviceAccountEmail',
    ),
    avroConfig: fields('writeMetadata', 'useTopicSchema'),
  },
  expirationPolicy: fields('ttl'),
  deadLetterPolicy: fields('deadLetterTopic', 'maxDeliveryAttempts'),
  retryPolicy: fields('minimumBackoff', 'maximumBackoff'),
}

export const TOPIC_UPDATE: Shape = { topic: TOPIC_SHAPE, updateMask: true }
export const SUBSCRIPTION_UPDATE: Shape = { subscription: SUBSCRIPTION_SHAPE, updateMask: true }

export const SCHEMA_SHAPE = fields('name', 'type', 'definition', 'revisionId', 'revisionCreateTime')
const SNAPSHOT_SHAPE = fields('name', 'topic', 'expireTime', 'labels')
export const SNAPSHOT_CREATION = fields('name', 'subscription', 'labels', 'tags')
export const SNAPSHOT_UPDATE: Shape = { snapshot: SNAPSHOT_SHAPE, updateMask: true }

/** The bodies of the custom methods. */
export const VERB_SHAPES = {
  publish: { messages: fields('data', 'attributes', 'messageId', 'publishTime', 'orderingKey') },
  pull: fields('maxMessages', 'returnImmediately'),
  acknowledge: fields('ackIds'),
  modifyAckDeadline: fields('ackIds', 'ackDeadlineSeconds'),
  modifyPushConfig: { pushConfig: PUSH },
  seek: fields('time', 'snapshot'),
  validate: { schema: SCHEMA_SHAPE },
  validateMessage: { ...fields('name', 'message', 'encoding'), schema: SCHEMA_SHAPE },
  commit: { name: true, schema: SCHEMA_SHAPE },
  rollback: fields('name', 'revisionId'),
} satisfies Readonly<Record<string, Shape>>

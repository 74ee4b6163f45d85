import { GoogleError } from '../../google-error.ts'
import { STORAGE_CHANGES } from '../resources/storage-config.ts'

/**
 * The resource after an update with a mask: the named fields taken from the change, the rest as it was. gRPC writes
 * paths in snake_case, REST in camelCase.
 */
export function applyMask<Resource extends object>(
  before: Resource,
  change: Partial<Resource>,
  mask: readonly string[],
  changeable: readonly string[],
): Resource {
  if (mask.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'The update_mask in the request is empty.')
  const after = { ...before } as Record<string, unknown>
  for (const path of mask) {
    const [field, inner, ...deeper] = path.split('.').map(camelCase) as [string, ...string[]]
    const isNested = inner !== undefined
    if (!changeable.includes(field) || deeper.length > 0 || (isNested && !MESSAGES[field]?.includes(inner))) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid update_mask provided: the field "${path}" cannot be changed.`,
      )
    }
    const wanted = (change as Record<string, unknown>)[field]
    // a path into a message changes that field alone
    after[field] = isNested
      ? { ...(after[field] as object), [inner]: (wanted as Record<string, unknown> | undefined)?.[inner] }
      : wanted
  }
  return after as Resource
}

const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  expirationPolicy: ['ttl'],
  pushConfig: ['pushEndpoint', 'attributes', 'oidcToken', 'pubsubWrapper', 'noWrapper'],
  bigqueryConfig: [
    'table',
    'writeMetadata',
    'useTableSchema',
    'useTopicSchema',
    'dropUnknownFields',
    'serviceAccountEmail',
  ],
  cloudStorageConfig: STORAGE_CHANGES,
  deadLetterPolicy: ['deadLetterTopic', 'maxDeliveryAttempts'],
  schemaSettings: ['schema', 'encoding', 'firstRevisionId', 'lastRevisionId'],
  retryPolicy: ['minimumBackoff', 'maximumBackoff'],
  messageStoragePolicy: ['allowedPersistenceRegions', 'enforceInTransit'],
}

export const TOPIC_CHANGES = [
  'labels',
  'messageRetentionDuration',
  'schemaSettings',
  'messageStoragePolicy',
  'ingestionDataSourceSettings',
]
export const SUBSCRIPTION_CHANGES = [
  'ackDeadlineSeconds',
  'messageRetentionDuration',
  'labels',
  'expirationPolicy',
  'pushConfig',
  'bigqueryConfig',
  'cloudStorageConfig',
  'deadLetterPolicy',
  'retryPolicy',
  'retainAckedMessages',
  'enableExactlyOnceDelivery',
]
export const SNAPSHOT_CHANGES = ['labels', 'expireTime']

function camelCase(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

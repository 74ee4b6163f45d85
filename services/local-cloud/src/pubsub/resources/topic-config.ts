import { GoogleError } from '../../google-error.ts'
import type { IngestionSettings } from './ingestion-settings.ts'
import type { SchemaSettings } from './schema-revision.ts'
import type { StoragePolicy } from './storage-policy.ts'
import { checkLabels } from './subscription-config.ts'

export interface TopicConfig {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** In proto3 JSON, as `600s`: for so long every subscription of the topic can seek back. */
  readonly messageRetentionDuration?: string
  readonly schemaSettings?: SchemaSettings
  readonly messageStoragePolicy?: StoragePolicy
  /** Nothing comes by it. */
  readonly ingestionDataSourceSettings?: IngestionSettings
}

/** pubsub.proto, Topic: retention of 10 minutes to 31 days. @throws GoogleError INVALID_ARGUMENT */
export function checkTopic(config: TopicConfig): TopicConfig {
  const { labels, messageRetentionDuration: retention } = config
  checkLabels(labels)
  const seconds = Number.parseFloat(retention ?? '600s')
  if (seconds >= 600 && seconds <= 31 * 86_400) return config
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid message_retention_duration ${retention}: it must be 10 minutes to 31 days.`,
  )
}

/** Milliseconds; undefined where the topic retains nothing. */
export function retentionMs({ messageRetentionDuration }: TopicConfig): number | undefined {
  return messageRetentionDuration === undefined
    ? undefined
    : Number.parseFloat(messageRetentionDuration) * 1000
}

import { readDuration, refuseOthers, type Duration } from '../resources/json-values.ts'
import { readSettings, type SettingsResource } from '../schemas/schema-json.ts'
import { readIngestion, shownIngestion } from '../resources/ingestion-settings.ts'
import { readStoragePolicy } from '../resources/storage-policy.ts'
import type { TopicConfig } from '../resources/topic-config.ts'

export interface TopicResource {
  name?: string | null
  labels?: Record<string, string> | null
  messageRetentionDuration?: Duration
  schemaSettings?: SettingsResource | null
  messageStoragePolicy?: object | null
  ingestionDataSourceSettings?: object | null
  [other: string]: unknown
}

const FIELDS = new Set([
  'name',
  'labels',
  'messageRetentionDuration',
  'schemaSettings',
  'messageStoragePolicy',
  'ingestionDataSourceSettings',
  'state',
  'tags',
])

export function readTopic(resource: TopicResource): TopicConfig {
  refuseOthers('topic', resource, FIELDS)
  const retention = resource.messageRetentionDuration
  const ingestion = readIngestion(resource.ingestionDataSourceSettings ?? {})
  const storagePolicy = readStoragePolicy(resource.messageStoragePolicy)
  return {
    name: resource.name ?? '',
    labels: resource.labels ?? {},
    ...(retention && { messageRetentionDuration: `${readDuration(retention, 0)}s` }),
    ...(resource.schemaSettings?.schema && { schemaSettings: readSettings(resource.schemaSettings) }),
    ...(storagePolicy && { messageStoragePolicy: storagePolicy }),
    ...(Object.keys(ingestion).length > 0 && { ingestionDataSourceSettings: ingestion }),
  }
}

/** Proto3 JSON of a topic, as REST answers it. */
export function topicJson(config: TopicConfig): Record<string, unknown> {
  const { name, labels, messageRetentionDuration, messageStoragePolicy, schemaSettings } = config
  const { ingestionDataSourceSettings: ingestion } = config
  return {
    name,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(messageRetentionDuration !== undefined && { messageRetentionDuration }),
    ...(schemaSettings && { schemaSettings }),
    ...(messageStoragePolicy && { messageStoragePolicy }),
    ...(ingestion && { ingestionDataSourceSettings: shownIngestion(ingestion) }),
    state: ingestion ? 'INGESTION_RESOURCE_ERROR' : 'ACTIVE',
  }
}

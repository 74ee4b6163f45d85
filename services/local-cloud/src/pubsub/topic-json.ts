import { readDuration, refuseOthers, type Duration } from './json-values.ts'
import type { TopicConfig } from './topic-config.ts'

export interface TopicResource {
  name?: string | null
  labels?: Record<string, string> | null
  messageRetentionDuration?: Duration
  [other: string]: unknown
}

const FIELDS = new Set(['name', 'labels', 'messageRetentionDuration', 'state', 'tags'])

export function readTopic(resource: TopicResource): TopicConfig {
  refuseOthers('topic', resource, FIELDS)
  const retention = resource.messageRetentionDuration
  return {
    name: resource.name ?? '',
    labels: resource.labels ?? {},
    ...(retention && { messageRetentionDuration: `${readDuration(retention, 0)}s` }),
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

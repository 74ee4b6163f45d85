import { readTime, timeJson, type Duration } from '../resources/json-values.ts'
import type { SnapshotConfig } from '../resources/snapshot-config.ts'

interface SnapshotResource {
  name?: string | null
  topic?: string | null
  labels?: Record<string, string> | null
  expireTime?: Duration
}

export function readSnapshot({ name, topic, labels, expireTime }: SnapshotResource): SnapshotConfig {
  return { name: name ?? '', topic: topic ?? '', labels: labels ?? {}, expireTime: readTime(expireTime) }
}

/** Proto3 JSON of a snapshot, as REST answers it. */
export function snapshotJson({ name, topic, labels, expireTime }: SnapshotConfig): Record<string, unknown> {
  return {
    name,
    topic,
    expireTime: timeJson(expireTime),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
}

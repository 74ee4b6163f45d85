import { keysOf, keySql } from '@tablestream/ledger'

/** The messages of an event type in a span of time. */
export interface PublishedSpan {
  /** The full name of the record, in backticks. */
  readonly published: string
  readonly eventType: string
  /** RFC 3339 */
  readonly since: string
  readonly until: string
}

/** SQL of the keys of the events that were published in it, each once, as what stands behind FROM or JOIN. */
export function keysOfSpan({ published, eventType, since, until }: PublishedSpan): string {
  const span = `publish_time >= TIMESTAMP('${since}') AND publish_time < TIMESTAMP('${until}')`
  return `(SELECT DISTINCT event_id, source, fingerprint FROM (${keysOf(published, span)})
      WHERE event_type = ${JSON.stringify(eventType)})`
}

/** SQL that is true where a row is of the event that a key is of. Both are names of what stands behind FROM. */
export function isRowOfKey(row: string, key: string): string {
  return `${key}.event_id = ${keySql(`${row}.event_id`)} AND ${key}.source = ${row}._source AND ${key}.fingerprint = ${row}._fingerprint`
}

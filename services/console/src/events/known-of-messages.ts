import { readLetters, type ReadLetter } from '../letters/read-letters.ts'
import { readChanges, type TableChange } from '../tables/changes.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { attribute } from './message-sql.ts'
import type { PublishedMessage } from './record.ts'

export interface Known {
  readonly letters: readonly ReadLetter[]
  /** Ids of the messages that are replays. */
  readonly replayed: ReadonlySet<string>
  /** Of their table since the first of them was published, newest first. */
  readonly changes: readonly TableChange[]
}

/** What is known of these messages beside their row. @param table empty: none */
export async function knownOf(
  messages: readonly PublishedMessage[],
  table: string,
  tables: Tables,
): Promise<Known> {
  const since = messages[0]!.publishTime
  const [letters, replayed, changes] = await Promise.all([
    lettersOf(messages, tables),
    replayedOf(messages, tables),
    table === '' ? [] : readChanges(tables, { table, since, oldest: true }),
  ])
  return { letters, replayed, changes }
}

/**
 * Dead letters of these messages, and Pub/Sub's own of their bytes. The table is asked first which there are: the view looks at all that
 * there are of every event.
 */
async function lettersOf(messages: readonly PublishedMessage[], tables: Tables): Promise<ReadLetter[]> {
  const first = messages[0]!
  const sql = `SELECT message_id FROM ${quoted(tables, 'dead_letters')} WHERE publish_time >= TIMESTAMP(@first)
    AND (${attribute('dead-letter-message-id')} IN UNNEST(@ids) OR (${attribute('CloudPubSubDeadLetterSourceDeliveryCount')} IS NOT NULL
      AND FARM_FINGERPRINT(IFNULL(data, b'')) = CAST(@fingerprint AS INT64))) LIMIT 1000`
  const params = {
    first: first.publishTime,
    ids: messages.map(({ messageId }) => messageId),
    fingerprint: first.fingerprint,
  }
  const { rows } = await tables.warehouse.query({ sql, params })
  if (rows.length === 0) return []
  const ids = rows.map((row) => row['message_id'] as string)
  return readLetters(tables, { where: 'dead_letter_id IN UNNEST(@ids)', params: { ids }, limit: 100 })
}

async function replayedOf(
  messages: readonly PublishedMessage[],
  tables: Tables,
): Promise<ReadonlySet<string>> {
  const sql = `SELECT message_id FROM ${quoted(tables, 'dead_letter_replays')} WHERE message_id IN UNNEST(@ids)`
  const ids = messages.map(({ messageId }) => messageId)
  const { rows } = await tables.warehouse.query({ sql, params: { ids } })
  return new Set(rows.map((row) => row['message_id'] as string))
}

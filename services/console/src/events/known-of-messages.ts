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
  const [known, changes] = await Promise.all([
    lettersAndReplays(messages, tables),
    table === '' ? [] : readChanges(tables, { table, since, oldest: true }),
  ])
  return { ...known, changes }
}

const MOST_LETTERS = 1000

/**
 * Dead letters of these messages, and Pub/Sub's own of their bytes; and which of them are replays: one question for both, since a
 * question costs more than its rows. The table is asked first which letters there are: the view looks at all that there are of every event.
 */
async function lettersAndReplays(
  messages: readonly PublishedMessage[],
  tables: Tables,
): Promise<Omit<Known, 'changes'>> {
  const first = messages[0]!
  const sql = `(SELECT 'letter' AS what, message_id FROM ${quoted(tables, 'dead_letters')} WHERE publish_time >= TIMESTAMP(@first)
    AND (${attribute('dead-letter-message-id')} IN UNNEST(@ids) OR (${attribute('CloudPubSubDeadLetterSourceDeliveryCount')} IS NOT NULL
      AND FARM_FINGERPRINT(IFNULL(data, b'')) = CAST(@fingerprint AS INT64))) LIMIT ${MOST_LETTERS})
    UNION ALL SELECT 'replay', message_id FROM ${quoted(tables, 'dead_letter_replays')} WHERE message_id IN UNNEST(@ids)`
  const params = {
    first: first.publishTime,
    ids: messages.map(({ messageId }) => messageId),
    fingerprint: first.fingerprint,
  }
  const { rows } = await tables.warehouse.query({ sql, params }, 2 * MOST_LETTERS)
  const idsOf = (what: string) =>
    rows.filter((row) => row['what'] === what).map((row) => row['message_id'] as string)
  const ids = idsOf('letter')
  const { letters } =
    ids.length === 0
      ? { letters: [] }
      : await readLetters(tables, { where: 'dead_letter_id IN UNNEST(@ids)', params: { ids }, limit: 100 })
  return { letters, replayed: new Set(idsOf('replay')) }
}

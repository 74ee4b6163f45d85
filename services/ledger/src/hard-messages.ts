import { keyOf } from '@tablestream/archiver'
import { decodeMessage } from '@tablestream/contract'
import { bytesOf } from './ledger-parameters.ts'

/** A message of which JavaScript says what it is, since SQL says otherwise. */
export interface HardMessage {
  readonly messageId: string
  /** Empty for what is no event. */
  readonly eventType: string
  /** The key of its id. */
  readonly idKey: string
}

/** A row of `hardMessagesQuery`. */
export interface PublishedRow {
  readonly message_id: string
  readonly publish_time: { readonly value: string }
  readonly data: Buffer | null
  readonly attributes: string | null
  /** As SQL reads it, */
  readonly event_type: string
  /** and the key of what it takes for its id. */
  readonly event_id: string
}

/** What JavaScript read of the messages that SQL may read wrongly. */
export interface HardReading {
  /** Those of which SQL says otherwise. */
  readonly different: readonly HardMessage[]
  /** The days of all of them, by event type. */
  readonly days: ReadonlyMap<string, ReadonlySet<string>>
  /** False where there are more than a request takes. */
  readonly isWhole: boolean
}

/**
 * Reads messages as stream-writer does, page by page: of each stays what it is, and not its bytes.
 *
 * @param most bytes that they may take in a request; reading ends where they take more
 */
export async function readHardMessages(
  pages: AsyncIterable<readonly PublishedRow[]>,
  most: number,
): Promise<HardReading> {
  const different = new Map<string, HardMessage>()
  const days = new Map<string, Set<string>>()
  let bytes = 0
  for await (const page of pages)
    for (const row of page) {
      const { messageId, eventType, eventDate, idKey } = readRow(row)
      const known = days.get(eventType) ?? new Set()
      if (eventDate !== undefined) known.add(eventDate)
      days.set(eventType, known)
      const isSame = eventType === row.event_type && idKey === row.event_id
      if (isSame || different.has(messageId)) continue
      bytes += bytesOf(messageId) + bytesOf(idKey) + bytesOf(MOST_PLACES)
      if (bytes > most) return { different: [...different.values()], days, isWhole: false }
      different.set(messageId, { messageId, eventType, idKey })
    }
  return { different: [...different.values()], days, isWhole: true }
}

/** The place of an event type in a request has so many digits at most. */
const MOST_PLACES = 99_999

/** What is no event keeps the id that SQL reads: no row is looked for, and none takes its place. */
function readRow(row: PublishedRow): HardMessage & { readonly eventDate?: string } {
  const { message_id: messageId, publish_time: publishTime } = row
  const attributes = readAttributes(row.attributes ?? 'null')
  const data = row.data ?? Buffer.alloc(0)
  const decoded = decodeMessage({ data, attributes, messageId, publishTime: publishTime.value })
  if (decoded.outcome !== 'event') return { messageId, eventType: '', idKey: row.event_id }
  const { eventType, eventId, eventDate } = decoded
  return { messageId, eventType, idKey: keyOf(eventId), eventDate }
}

/** The record has them as JSON, the archive as the text of it; where there are none it may have NULL. */
function readAttributes(json: string): Record<string, string> {
  const value = JSON.parse(json) as Record<string, string> | string | null
  const attributes = typeof value === 'string' ? (JSON.parse(value) as Record<string, string> | null) : value
  return attributes ?? {}
}

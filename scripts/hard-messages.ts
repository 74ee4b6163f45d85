import { createHash } from 'node:crypto'
import { decodeMessage } from '@tablestream/contract'
import type { PossibleDay } from './ledger-days.ts'

/** A message of which JavaScript says what it is, since SQL may say otherwise. */
export interface HardMessage {
  readonly messageId: string
  /** Empty for what is no event. */
  readonly eventType: string
  /** As `idKey` of ledger-sql.ts writes it. */
  readonly eventId: string
  readonly days: readonly PossibleDay[]
}

/** A row of `hardMessagesQuery`. */
export interface PublishedRow {
  readonly message_id: string
  readonly publish_time: { readonly value: string }
  readonly data: Buffer | null
  readonly attributes: string | null
}

/** Reads a message as stream-writer does. */
export function readHardMessage(row: PublishedRow): HardMessage {
  const { message_id: messageId, publish_time: publishTime } = row
  const attributes = readAttributes(row.attributes ?? '{}')
  const data = row.data ?? Buffer.alloc(0)
  const decoded = decodeMessage({ data, attributes, messageId, publishTime: publishTime.value })
  if (decoded.outcome !== 'event') return { messageId, eventType: '', eventId: messageId, days: [] }
  const { eventType, eventId, eventDate } = decoded
  return { messageId, eventType, eventId: idKey(eventId), days: [{ day: eventDate, near: false }] }
}

/** The record has them as JSON, the archive as the text of it. */
function readAttributes(json: string): Record<string, string> {
  const value = JSON.parse(json) as Record<string, string> | string
  return typeof value === 'string' ? (JSON.parse(value) as Record<string, string>) : value
}

const KEPT = 200

/** As `idKey` of ledger-sql.ts: a megabyte of id is known by its beginning and its digest. */
function idKey(id: string): string {
  if (id.length <= KEPT) return id
  const characters = Array.from(id)
  if (characters.length <= KEPT) return id
  return characters.slice(0, KEPT).join('') + createHash('sha256').update(id).digest('hex')
}

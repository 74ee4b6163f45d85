import { judge } from '@tablestream/contract'
import type { Tables } from '../tables/dataset.ts'
import type { EventTableNames } from '../tables/event-tables.ts'
import { lettersOfId } from './find-letters.ts'
import { rowsOfBytes, rowsOfId, type FoundRow } from './find-rows.ts'
import { isBefore } from './message-order.ts'
import { isMadeOf, messagesOfRow, MOSTLY_SECONDS } from './messages-of-row.ts'
import {
  around,
  either,
  hasCeId,
  hasFingerprint,
  hasId,
  isBytes,
  messagesOf,
  moved,
  MOST_MESSAGES,
  named,
  timesOfMessage,
  type Condition,
  type PublishedMessage,
  type Span,
} from './record.ts'

export interface FindOptions {
  readonly tables: Tables
  readonly eventTables: EventTableNames
  /** RFC 3339: nothing older is looked for. */
  readonly since: string
  /** So far around the event others are looked for that have its id or its bytes, in seconds. */
  readonly within: number
}

export interface Found {
  readonly foundBy: 'message_id' | 'event_id' | 'bytes'
  /** Oldest first. */
  readonly messages: readonly PublishedMessage[]
  /** Rows whose messages the record has no more. */
  readonly rows: readonly FoundRow[]
  readonly lookedFrom: string
  readonly lookedUntil: string
}

/** Events with one id of which the messages are looked for: there may be more. */
const MOST_EVENTS = 20

/**
 * Finds the messages of all events with this id, or of the event whose message has it. The record has no index: its partitions are hours.
 * So those who know when it was are asked first: the record's ids, without any bytes; the tables, whose rows came seconds later; the
 * dead letters. Only where nobody knows the id the record is read as a whole.
 */
export async function findEvent(id: string, options: FindOptions): Promise<Found | undefined> {
  const { tables, eventTables, since, within } = options
  const [times, rows, letters] = await Promise.all([
    timesOfMessage(id, tables, since),
    rowsOfId(id, tables, eventTables),
    lettersOfId(id, 'attributes', tables, since),
  ])
  const known = rows.slice(0, MOST_EVENTS)
  // of some it is known when they were published, to the moment
  const exact = await messagesOf(
    tables,
    [...times, ...letters.map(({ time }) => time)].map((time) => around(time, 0)),
    named([id, ...letters.map(({ messageId }) => messageId)]),
  )
  // also of a row that has the bytes of one of these: that one may be a dead letter, and its replay made the row
  const spans = known.map((row) => beforeRow(row, within))
  const near = await messagesOf(tables, spans, hasCeId(id))
  const found = await withRows([...exact, ...near], known, options)
  const foundBy = found.messages.some(({ messageId }) => messageId === id) ? 'message_id' : 'event_id'
  if (found.messages.length > 0 || found.rows.length > 0)
    return withOthers({ foundBy, ...found }, { id, spans }, options)
  // its table may have been made since
  if (await eventTables.haveCome()) return findEvent(id, options)
  const inBytes = await lettersOfId(id, 'bytes', tables, since)
  const messages =
    inBytes.length > 0
      ? await messagesOf(
          tables,
          inBytes.map(({ time }) => around(time, 0)),
          named(inBytes.map(({ messageId }) => messageId)),
        )
      : await messagesOf(tables, [{ from: since, until: new Date().toISOString() }], hasId(id))
  return messages.length === 0
    ? undefined
    : withOthers({ foundBy, messages, rows: [] }, { id, spans: [] }, options)
}

/**
 * Finds the messages that are these bytes. A row tells when the event was published; where none has them the record is read as a whole.
 */
export async function findBytes(data: Buffer, options: FindOptions): Promise<Found | undefined> {
  const { tables, eventTables, since, within } = options
  const rows = (await rowsOfBytes(data, tables, eventTables)).slice(0, MOST_EVENTS)
  const isIt = isBytes(data)
  const near = await messagesOf(
    tables,
    rows.map((row) => beforeRow(row, within)),
    isIt,
  )
  const found = await withRows(near, rows, options, [isIt])
  if (found.messages.length > 0 || found.rows.length > 0)
    return { foundBy: 'bytes', ...found, ...lookedAt(found, options) }
  if (await eventTables.haveCome()) return findBytes(data, options)
  const messages = await messagesOf(tables, [{ from: since, until: new Date().toISOString() }], isIt)
  const all = { messages, rows: [] }
  return messages.length === 0 ? undefined : { foundBy: 'bytes', ...all, ...lookedAt(all, options) }
}

type Messages = Pick<Found, 'messages' | 'rows'>

/**
 * Looks further back for the messages of rows that none of these made.
 *
 * @param conditions how; absent: by the id of the row, and its bytes
 */
async function withRows(
  near: readonly PublishedMessage[],
  rows: readonly FoundRow[],
  { tables, within }: FindOptions,
  conditions?: readonly Condition[],
): Promise<Messages> {
  const messages = [...near]
  const left: FoundRow[] = []
  for (const row of rows) {
    if (messages.some((message) => isMadeOf(row, message))) continue
    const own = await messagesOfRow(row, tables, within, conditions)
    if (own.length === 0) left.push(row)
    messages.push(...own)
  }
  return { messages: inOrder(messages), rows: left }
}

/**
 * Messages around those that were found with the id of the same event, or, where its bytes tell its id, with its bytes.
 *
 * @param looked the id that was looked for, and where so far
 */
async function withOthers(
  found: Messages & Pick<Found, 'foundBy'>,
  looked: { readonly id: string; readonly spans: readonly Span[] },
  options: FindOptions,
): Promise<Found> {
  const told = lookedAt(found, options)
  const spans = found.messages.map(({ publishTime }) => around(publishTime, options.within))
  const isNew = spans.some((span) => !looked.spans.some((each) => isInside(span, each)))
  const ceIds = new Set(isNew ? [looked.id] : [])
  const bytes = new Map<string, Condition>()
  for (const message of found.messages.slice(0, MOST_EVENTS)) {
    const verdict = judge(message)
    const eventId = verdict.outcome === 'event' ? verdict.eventId : (message.attributes['ce-id'] ?? '')
    if (eventId !== looked.id && eventId !== '' && eventId !== message.messageId) ceIds.add(eventId)
    if (tellsId(message)) bytes.set(message.fingerprint, hasBytesOf(message, `bytes${bytes.size}`))
  }
  const conditions = [...[...ceIds].map((ceId, n) => hasCeId(ceId, `ce_id${n}`)), ...bytes.values()]
  if (conditions.length === 0 || spans.length === 0) return { ...found, ...told }
  const others = await messagesOf(options.tables, spans, either(conditions))
  return { ...found, messages: inOrder([...found.messages, ...others]), ...told }
}

/** Longer bytes are not sent: a query has 1 MB of text. */
const MOST_SENT = 100_000

function hasBytesOf({ data, fingerprint }: PublishedMessage, name: string): Condition {
  return data.length > MOST_SENT ? hasFingerprint(fingerprint, { name }) : isBytes(data, name)
}

function isInside(one: Span, other: Span): boolean {
  return other.from <= one.from && one.until <= other.until
}

/** Whether the bytes alone tell its id: then the same bytes are the same event, whatever the attributes say. */
function tellsId(message: PublishedMessage): boolean {
  const verdict = judge({ ...message, attributes: {}, messageId: '' })
  return verdict.outcome === 'event' && verdict.eventId !== ''
}

function beforeRow({ processed }: FoundRow, within: number): Span {
  return around(processed, within + MOSTLY_SECONDS, within)
}

function lookedAt(
  { messages, rows }: Messages,
  { within }: FindOptions,
): Pick<Found, 'lookedFrom' | 'lookedUntil'> {
  const times = [
    ...messages.map(({ publishTime }) => publishTime),
    ...rows.map(({ processed }) => processed),
  ].toSorted()
  return { lookedFrom: moved(times[0]!, -within), lookedUntil: moved(times.at(-1)!, within) }
}

/** Each once, in the order in which Pub/Sub took them: of one moment by their numbers. */
function inOrder(messages: readonly PublishedMessage[]): PublishedMessage[] {
  const each = new Map(messages.map((message) => [message.messageId, message]))
  return [...each.values()]
    .toSorted((one, other) => (isBefore(one, other) ? -1 : isBefore(other, one) ? 1 : 0))
    .slice(0, MOST_MESSAGES)
}

import { CALLER_ATTRIBUTE, destination, judge, sourceOf, type EventPolicies } from '@tablestream/contract'
import type { EventMessage, EventStory } from '../api/event.ts'
import type { WhyWaiting } from '../flow/why-waiting.ts'
import type { ReadLetter } from '../letters/read-letters.ts'
import { judgedOf, planOf } from '../judge/tell-verdict.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { knownOf } from './known-of-messages.ts'
import { landingOf } from './landing.ts'
import { isBefore } from './message-order.ts'
import { messagesOfRow } from './messages-of-row.ts'
import type { EventRow } from './read-rows.ts'
import type { PublishedMessage } from './record.ts'
import { rowStory } from './row-story.ts'
import { valueEnds } from './value-ends.ts'
import { waitedFor } from './waited-for.ts'

export interface StoryOptions {
  readonly tables: Tables
  readonly policies: EventPolicies
  readonly whyWaiting: WhyWaiting
  /** Milliseconds since 1970. */
  readonly now: number
}

const MOST_TEXT = 100_000
/** So long a message may be on its way before it is called missing. */
const UNDERWAY_MS = 120_000

/** Everything that is known of the messages of one event: of one type, source, id and bytes. */
export async function tellEvent(
  found: readonly PublishedMessage[],
  { tables, policies, whyWaiting, now }: StoryOptions,
): Promise<EventStory> {
  const first = found[0]!
  const verdict = judge(first)
  const source = sourceOf(first)
  const isEvent = verdict.outcome === 'event'
  const { eventType } = verdict
  const eventId = isEvent ? verdict.eventId : (first.attributes['ce-id'] ?? first.messageId)
  const place = isEvent ? destination(eventType) : undefined
  const table = place?.table ?? ''
  const [{ facts, columns, rows, isUpserted }, ofFound] = await Promise.all([
    landingOf(verdict, first, tables),
    knownOf(found, table, tables),
  ])
  const messagesBefore = async (row: EventRow) =>
    row.fingerprint === null ? [] : await messagesOfRow({ ...row, eventId, source }, tables)
  const own = rows.filter((row) => row.isOwn)
  const landed = own[0]
  // where all that were found came after the row, an earlier one made it
  const isLate = landed !== undefined && found.every((message) => cameAfter(message.publishTime, landed))
  const earlier = isLate ? await messagesBefore(landed) : []
  const messages = [...earlier, ...found]
  const other = isUpserted && !landed ? rows.find((row) => !row.isOwn) : undefined
  const [{ letters, replayed, changes }, newer] = await Promise.all([
    earlier.length > 0 ? knownOf(messages, table, tables) : ofFound,
    other ? messagesBefore(other) : [],
  ])
  const stories: EventMessage[] = messages.map((message) => ({
    ...told(message, { eventType, eventId, source, isReplay: replayed.has(message.messageId) }),
    end: 'missing' as const,
  }))
  const ended = await Promise.all(
    withEnds(stories, { letters, landed, newest: newer.at(-1), now }).map(async (message) => {
      if (message.end !== 'missing') return message
      const why = await whyWaiting({ table, published: Date.parse(message.publish_time), now })
      return why === undefined ? message : { ...message, end: 'waiting' as const, why }
    }),
  )
  const letter = letters[0]?.letter
  const made = ended.find(({ end }) => end === 'landed')
  const values = isEvent && columns && landed ? valueEnds(verdict.event, columns, landed.row) : []
  return {
    event_type: eventType,
    event_id: eventId,
    source,
    messages: ended,
    judged: judgedOf(verdict),
    ...(place &&
      isEvent && {
        destination: {
          table: place.table,
          partition: verdict.eventDate,
          cluster_by: [...(facts?.clustering?.fields ?? place.clusterBy)],
        },
        plan: planOf(columns, verdict, policies),
        sql: `SELECT * FROM ${quoted(tables, place.table)} WHERE event_id = ${JSON.stringify(eventId)}${isUpserted ? '' : ` AND event_date = '${verdict.eventDate}'`}`,
      }),
    waited_for: waitedFor(changes, {
      first: messages[0]!,
      eventId,
      until: landed?.processed,
      values: values.flatMap(({ column }) => column ?? []),
    }),
    rows: own.map((row) =>
      rowStory(place!.table, row, made && (Date.parse(row.processed) - Date.parse(made.publish_time)) / 1000),
    ),
    values,
    ...(letter && { dead_letter: letter }),
  }
}

interface Told {
  readonly eventType: string
  readonly eventId: string
  readonly source: string
  readonly isReplay: boolean
}

function told(
  { messageId, publishTime, attributes, data }: PublishedMessage,
  { eventType, eventId, source, isReplay }: Told,
) {
  const text = data.toString('utf8')
  const caller = attributes[CALLER_ATTRIBUTE] ?? ''
  return {
    message_id: messageId,
    publish_time: publishTime,
    event_type: eventType,
    event_id: eventId,
    source,
    by: caller === '' ? (attributes['ce-source'] ?? '') : caller,
    door: isReplay ? ('replay' as const) : doorOf(attributes),
    attributes: { ...attributes },
    bytes: data.length,
    text: text.slice(0, MOST_TEXT).toWellFormed(),
    is_cut: text.length > MOST_TEXT,
  }
}

function doorOf(
  attributes: Readonly<Record<string, string>>,
): 'event-gateway' | 'event-generator' | 'publisher' {
  if ((attributes[CALLER_ATTRIBUTE] ?? '') !== '') return 'event-gateway'
  return attributes['ce-source'] === '/tablestream/event-generator' ? 'event-generator' : 'publisher'
}

interface Ends {
  readonly letters: readonly ReadLetter[]
  /** Its row. */
  readonly landed: EventRow | undefined
  /** The newest message of the event that has the row of its id instead, where rows take each other's place. */
  readonly newest: PublishedMessage | undefined
  readonly now: number
}

/** Whether a message was published when the row was there already: it did not make it. */
function cameAfter(publishTime: string, { processed }: EventRow): boolean {
  return Date.parse(publishTime) > Date.parse(processed)
}

/** The first that is no dead letter, and came before the row, landed, where there is a row; the others are duplicates of it. */
function withEnds(messages: readonly EventMessage[], { letters, landed, newest, now }: Ends): EventMessage[] {
  const named = new Set(letters.map(({ letter }) => letter.message_id))
  // Pub/Sub's own dead letters name no message: they are of those that have no other end
  let unnamed = letters.filter(({ letter }) => letter.message_id === '').length
  let hasLanded = false
  return messages.map((message) => {
    const end = (): EventMessage['end'] => {
      if (named.has(message.message_id)) return 'dead_letter'
      if (landed) {
        if (hasLanded || cameAfter(message.publish_time, landed)) return 'duplicate'
        hasLanded = true
        return 'landed'
      }
      if (unnamed > 0) {
        unnamed--
        return 'dead_letter'
      }
      const own = { publishTime: message.publish_time, messageId: message.message_id }
      if (newest && isBefore(own, newest)) return 'replaced'
      return now - Date.parse(message.publish_time) < UNDERWAY_MS ? 'underway' : 'missing'
    }
    return { ...message, end: end() }
  })
}

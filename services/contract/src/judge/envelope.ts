import {
  dateDays,
  dateText,
  isTimestamp,
  ENVELOPE_KEYS,
  timestampMicros,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import { knownType } from '../known/known-types.ts'
import { attributeOf, type Message } from '../messages/message.ts'
import { sourceOf } from '../messages/source-of.ts'

/** An event with what every table needs of it. */
export interface Envelope {
  readonly event: JsonObject
  readonly eventType: string
  /** The event's own, else the CloudEvent's, else the message's. */
  readonly eventId: string
  /** Whose id it is. */
  readonly source: string
  /** YYYY-MM-DD: the event's own, else the UTC day of its event time, else of its publish time. */
  readonly eventDate: string
  /** The event's own `event_id` and `event_date` that the rules could not use, by path: they go to `_unmapped`. */
  readonly leftOver: Readonly<Record<string, JsonValue>>
}

const OLDEST_DAYS = 3650
const NEWEST_DAYS = 365

/** Field names that tell when an event of an unknown type happened, first match first. */
const TIME_FIELDS = ['timestamp', 'event_timestamp', 'event_time', 'occurred_at']

/** What every table needs of an event, by the rules of the envelope. */
export function readEnvelope(
  event: JsonObject,
  eventType: string,
  message: Message,
): { readonly outcome: 'event' } & Envelope {
  const id = ownId(event[ENVELOPE_KEYS.id])
  const publishDay = publishDayOf(message.publishTime)
  const date = ownDate(event[ENVELOPE_KEYS.date], publishDay)
  // one object for the answer and the envelope: this is the way of every event
  return {
    outcome: 'event',
    event,
    eventType,
    eventId: id ?? idOfMessage(message),
    source: sourceOf(message),
    eventDate: date ?? dayOfEvent(event, eventType, message, publishDay),
    leftOver: leftOverOf(event, id, date),
  }
}

const NOTHING: Readonly<Record<string, JsonValue>> = Object.freeze({})

function leftOverOf(
  event: JsonObject,
  usedId: string | undefined,
  usedDate: string | undefined,
): Readonly<Record<string, JsonValue>> {
  const id = event[ENVELOPE_KEYS.id]
  const date = event[ENVELOPE_KEYS.date]
  const leavesId = usedId === undefined && id !== undefined && id !== null && id !== ''
  const leavesDate = usedDate === undefined && date !== undefined && date !== null
  if (!leavesId && !leavesDate) return NOTHING
  return {
    ...(leavesId && { [`/${ENVELOPE_KEYS.id}`]: id }),
    ...(leavesDate && { [`/${ENVELOPE_KEYS.date}`]: date }),
  }
}

/** From here on the text of a number has an exponent. */
const MOST_PLAIN = 1e21

function ownId(id: JsonValue | undefined): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id
  // a counter is a key as good as any: its digits are the text
  if (typeof id === 'bigint') return id.toString()
  if (typeof id === 'number' && Number.isInteger(id) && Math.abs(id) < MOST_PLAIN) return String(id)
  return undefined
}

function ownDate(date: JsonValue | undefined, publishDay: Day): string | undefined {
  return typeof date === 'string' && isInStreamingRange(date, publishDay) ? date : undefined
}

function dayOfEvent(event: JsonObject, eventType: string, message: Message, publishDay: Day): string {
  for (const field of timeFieldsOf(eventType)) {
    const day = utcDay(event[field])
    if (day !== undefined) return isInStreamingRange(day, publishDay) ? day : publishDay.text
  }
  const day = utcDay(attributeOf(message, 'ce-time'))
  return day !== undefined && isInStreamingRange(day, publishDay) ? day : publishDay.text
}

/** The fields that tell when an event of this type happened, the first that is there counts. */
export function timeFieldsOf(eventType: string): readonly string[] {
  const known = knownType(eventType)?.timeField
  return known === undefined ? TIME_FIELDS : [known]
}

/**
 * The partition of an event, in days since 1970, from its own date or the day of its own time; undefined where that takes a
 * closer look.
 */
export function partitionDay(message: Message, ownDay: number | undefined): number | undefined {
  const { days: today } = publishDayOf(message.publishTime)
  if (ownDay === undefined) return attributeOf(message, 'ce-time') === undefined ? today : undefined
  return takesStreamedRows(ownDay, today) ? ownDay : undefined
}

/** The id of an event that has none of its own. */
export function idOfMessage(message: Message): string {
  return attributeOf(message, 'ce-id') || message.messageId
}

/** A day of the calendar. */
interface Day {
  /** YYYY-MM-DD */
  readonly text: string
  /** Days since 1970; undefined where the text is no day. */
  readonly days: number | undefined
}

// events come in the order of their days, and were published in batches: what was worked out last is asked again
let lastPublishTime = ''
let lastPublishDay: Day = dayOf('')
let lastDay: Day = lastPublishDay

function publishDayOf(publishTime: string): Day {
  if (publishTime !== lastPublishTime) {
    lastPublishTime = publishTime
    lastPublishDay = dayOf(utcDay(publishTime) ?? publishTime.slice(0, 10))
  }
  return lastPublishDay
}

function dayOf(text: string): Day {
  return { text, days: dateDays(text) }
}

function isInStreamingRange(day: string, { days: today }: Day): boolean {
  if (day !== lastDay.text) lastDay = dayOf(day)
  return takesStreamedRows(lastDay.days, today)
}

/** BigQuery takes streamed rows for partitions from 10 years back to 1 year ahead (docs: streaming into partitioned tables). */
function takesStreamedRows(day: number | undefined, today: number | undefined): boolean {
  if (day === undefined || today === undefined) return false
  return day > today - OLDEST_DAYS && day < today + NEWEST_DAYS
}

function utcDay(time: JsonValue | undefined): string | undefined {
  if (typeof time !== 'string') return undefined
  if (time.endsWith('Z')) return isTimestamp(time) ? time.slice(0, 10) : undefined
  const micros = timestampMicros(time)
  if (micros === undefined) return undefined
  return dateText(Math.floor(Number(micros) / 86_400_000_000))
}

import { isUtf8 } from 'node:buffer'
import {
  dateDays,
  dateText,
  isArray,
  isObject,
  nestsDeeperThan,
  parseJson,
  pointer,
  timestampMicros,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import { knownType } from './known-types.ts'
import { shorten, type Rejection } from './rejection.ts'
import { attributeOf, sourceOf } from './source-of.ts'

/** A Pub/Sub message, whoever delivered it. */
export interface Message {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  /** One attribute, for a message that finds it faster than all of them. */
  readonly attribute?: (name: string) => string | undefined
  readonly messageId: string
  /** RFC 3339. */
  readonly publishTime: string
}

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

export type Decoded =
  | ({ readonly outcome: 'event' } & Envelope)
  | ({ readonly outcome: 'rejected' } & Rejection)

// JSON text that is UTF-8 can hold half a character only as an escape
const ESCAPE = String.raw`\u`
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/

/** Levels that BigQuery's JSON nests (docs: JSON functions and data type, "nested to 500 levels"). The event itself is the first. */
const MOST_LEVELS = 500
/** What a Pub/Sub attribute holds, in which publishers tell the type again. */
const MOST_TYPE_BYTES = 1024

const OLDEST_DAYS = 3650
const NEWEST_DAYS = 365

/** Field names that tell when an event of an unknown type happened, first match first. */
const TIME_FIELDS = ['timestamp', 'event_timestamp', 'event_time', 'occurred_at']

/** Turns a message into an event with its envelope, or says why it is none. Throws nothing, whatever the bytes. */
export function decodeMessage(message: Message): Decoded {
  const { data } = message
  if (!isUtf8(data)) return rejected('not_utf8', '', '', 'the message is not UTF-8 text')
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const text = bytes.toString('utf8')
  // before it is parsed: from here on it is safe to recur with each level
  if (nestsDeeperThan(MOST_LEVELS, text)) return tooDeep(text)
  let event: JsonValue
  try {
    event = parseJson(text, bytes)
  } catch (error) {
    return rejected('not_json', '', text, `the message is not JSON: ${(error as Error).message}`)
  }
  return decodeValue(event, text, message)
}

/** The same for JSON that has been parsed: `text` is what it was parsed from, the message's data are not read. */
export function decodeParsed(event: JsonValue, text: string, message: Message): Decoded {
  return nestsDeeperThan(MOST_LEVELS, text) ? tooDeep(text) : decodeValue(event, text, message)
}

function tooDeep(text: string): Decoded {
  return rejected('too_deep', '', text, `an event nests at most ${MOST_LEVELS} levels of arrays and objects`)
}

function decodeValue(event: JsonValue, text: string, message: Message): Decoded {
  if (!isObject(event)) return rejected('not_an_object', '', text, 'an event is a JSON object')
  const eventType = event['event_type']
  if (typeof eventType !== 'string' || eventType.trim() === '') {
    const value = eventType === undefined ? '' : toJsonText(eventType)
    return rejected(
      'no_event_type',
      '/event_type',
      value,
      'an event names its type in `event_type`, a non-empty string',
    )
  }
  // no character of UTF-16 has more than three bytes of UTF-8
  if (eventType.length * 3 > MOST_TYPE_BYTES && Buffer.byteLength(eventType) > MOST_TYPE_BYTES) {
    const rule = `\`event_type\` has at most ${MOST_TYPE_BYTES} bytes of UTF-8`
    return rejected('event_type_too_long', '/event_type', toJsonText(eventType), rule)
  }
  if (text.includes(ESCAPE) && SURROGATE_ESCAPE.test(text)) {
    const path = findHalfCharacter(event, '')
    if (path !== undefined)
      return rejected('not_unicode', path, '', 'the text holds half a character (a lone surrogate)')
  }
  const id = ownId(event['event_id'])
  const publishDay = publishDayOf(message.publishTime)
  const date = ownDate(event['event_date'], publishDay)
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
  { event_id: id, event_date: date }: JsonObject,
  usedId: string | undefined,
  usedDate: string | undefined,
): Readonly<Record<string, JsonValue>> {
  const leavesId = usedId === undefined && id !== undefined && id !== null && id !== ''
  const leavesDate = usedDate === undefined && date !== undefined && date !== null
  if (!leavesId && !leavesDate) return NOTHING
  return { ...(leavesId && { '/event_id': id }), ...(leavesDate && { '/event_date': date }) }
}

function ownId(id: JsonValue | undefined): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id
  // a counter is a key as good as any: its digits are the text
  if (typeof id === 'bigint' || (typeof id === 'number' && Number.isSafeInteger(id))) return String(id)
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
  const micros = timestampMicros(time)
  if (micros === undefined) return undefined
  return time.endsWith('Z') ? time.slice(0, 10) : dateText(Math.floor(Number(micros) / 86_400_000_000))
}

function findHalfCharacter(value: JsonValue, path: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path
  if (isArray(value)) return firstOf(value.entries(), path)
  return isObject(value) ? firstOf(Object.entries(value), path) : undefined
}

function firstOf(entries: Iterable<readonly [string | number, JsonValue]>, path: string): string | undefined {
  for (const [key, value] of entries) {
    if (typeof key === 'string' && !key.isWellFormed()) return pointer(path, key.toWellFormed())
    const found = findHalfCharacter(value, pointer(path, key))
    if (found !== undefined) return found
  }
  return undefined
}

function rejected(reason: Rejection['reason'], path: string, value: string, message: string): Decoded {
  return { outcome: 'rejected', reason, path, value: shorten(value), message: shorten(message) }
}

import { isUtf8 } from 'node:buffer'
import {
  judge,
  judgeParsed,
  takeRecord,
  shorten,
  type Envelope,
  type Message,
  type Rejection,
} from '@tablestream/contract'
import {
  isObject,
  parseJson,
  survey,
  timestampMicros,
  toJsonText,
  dateText,
  type JsonObject,
} from '@tablestream/table-schema'
import { timeFieldsOf } from '@tablestream/contract'
import type { BrokenRecord, SourceRecord } from '../formats/records.ts'

/**
 * What a record is told by. `key`: it was a message, whose id and source are known. `id`: its own id and its bytes, whoever published
 * it. `bytes`: it has no id; the second of two equal ones is an event of its own.
 */
export type Match = 'key' | 'id' | 'bytes'

export type JudgedRecord =
  | {
      readonly outcome: 'event'
      readonly envelope: Envelope
      /** What would be published for it: its fingerprint is that of these bytes. */
      readonly data: Uint8Array
      readonly match: Match
      /** Whether its day is its own, and the same whenever it is read. */
      readonly isDated: boolean
      readonly message: Message
    }
  | {
      readonly outcome: 'rejected'
      readonly rejection: Rejection
      readonly eventType: string
      readonly message: Message
    }

export interface JudgeOptions {
  /** RFC 3339: what stands for the publish time of a record that was no message. */
  readonly loadedAt: string
  /** The door that the records came by: their `event_type`, where they name none. Messages that were published before have come. */
  readonly eventType?: string | undefined
  /** Whose ids the records' are. */
  readonly source?: string | undefined
  readonly transform?: ((record: JsonObject) => JsonObject) | undefined
}

/** No id that an event has: it is left where the message's id would be asked for. */
const NO_ID = '\0'

/** Judges a record as stream-writer judges a message: the same contract, the same envelope. Throws nothing but what `transform` does. */
export function judgeRecord(record: SourceRecord, options: JudgeOptions): JudgedRecord {
  const { message: before } = record
  const base = before ?? unpublished(options)
  const message: Message = { ...base, data: record.json }
  // a message is what it was, to its last byte
  const hasDoor = options.eventType !== undefined && !before
  const taken = hasDoor || options.transform ? take(record.json, options) : undefined
  if (taken === undefined) return judged(judge(message), message, options)
  if (taken.outcome === 'problem') {
    const { path, message: why, value } = taken.problem
    const rejection: Rejection = {
      reason: 'invalid_event',
      path,
      value: value === undefined ? '' : shorten(toJsonText(value as never)),
      message: shorten(`${path}: ${why}`),
    }
    return { outcome: 'rejected', rejection, eventType: options.eventType ?? '', message }
  }
  const text = toJsonText(taken.event)
  const told = { ...message, data: Buffer.from(text) }
  return judged(judgeParsed(taken.event, text, told), told, options)
}

/** A record that could not be read. */
export function judgeBroken({ bytes, rule, reason }: BrokenRecord, options: JudgeOptions): JudgedRecord {
  const message: Message = { ...unpublished(options), data: bytes }
  const rejection: Rejection = {
    reason: rule === 'encoding' ? 'not_utf8' : 'not_json',
    path: '',
    value: shorten(Buffer.from(bytes).toString('utf8')),
    message: shorten(reason),
  }
  return { outcome: 'rejected', rejection, eventType: options.eventType ?? '', message }
}

/** A message without data, as the record of a file is one. */
export function unpublished({ loadedAt, source }: JudgeOptions): Omit<Message, 'data'> {
  return {
    attributes: source === undefined ? NO_ATTRIBUTES : { 'ce-source': source },
    messageId: NO_ID,
    publishTime: loadedAt,
  }
}

const NO_ATTRIBUTES = Object.freeze({})

/** The record as an event of its type; undefined for what is no JSON object, of which the judge says so. */
function take(bytes: Uint8Array, { eventType, transform }: JudgeOptions) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const known = survey(buffer)
  // a byte that is none of UTF-8 would be U+FFFD in the event
  if (!known.isAscii && !isUtf8(buffer)) return undefined
  let record
  try {
    record = parseJson(buffer.toString('utf8'), known)
  } catch {
    // the judge says what is wrong with it
    return undefined
  }
  if (!isObject(record)) return undefined
  const transformed = transform ? transform(record) : record
  return eventType === undefined
    ? ({ outcome: 'event', event: transformed } as const)
    : takeRecord(eventType, transformed)
}

function judged(
  verdict: ReturnType<typeof judge>,
  message: Message,
  { loadedAt }: JudgeOptions,
): JudgedRecord {
  if (verdict.outcome === 'rejected') {
    const { reason, path, value, message: why, eventType } = verdict
    return { outcome: 'rejected', rejection: { reason, path, value, message: why }, eventType, message }
  }
  const match = message.messageId !== NO_ID ? 'key' : verdict.eventId === NO_ID ? 'bytes' : 'id'
  return {
    outcome: 'event',
    envelope: verdict,
    data: message.data,
    match,
    isDated: match === 'key' || isDated(verdict, loadedAt),
    message,
  }
}

/** Whether the day of an event is told by the event. */
function isDated({ event, eventType, eventDate }: Envelope, loadedAt: string): boolean {
  if (eventDate !== loadedAt.slice(0, 10) || event['event_date'] === eventDate) return true
  const time = timeFieldsOf(eventType)
    .map((field) => event[field])
    .find((value) => typeof value === 'string' && timestampMicros(value) !== undefined)
  if (typeof time !== 'string') return false
  return dateText(Math.floor(Number(timestampMicros(time)) / 86_400_000_000)) === eventDate
}

import { randomUUID } from 'node:crypto'
import { decodeMessage, decodeParsed, takeRecord, validateEvent, type Problem } from '@tablestream/contract'
import { eventMessage, type OutgoingMessage } from '@tablestream/service-kit'
import { isObject, toJsonText, type JsonObject } from '@tablestream/table-schema'
import { problem, type Candidate, type NoCandidate } from './candidate.ts'
import { parse } from './split-events.ts'

export type Judged =
  | {
      readonly outcome: 'event'
      readonly eventType: string
      readonly eventId: string
      readonly message: OutgoingMessage
    }
  | { readonly outcome: 'problems'; readonly problems: readonly Problem[] }

const SOURCE = '/tablestream/event-gateway'
/** Pub/Sub takes 1,024 bytes in an attribute, and 100 of them (cloud.google.com/pubsub/quotas). */
const ATTRIBUTE_BYTES = 1024
const MOST_ATTRIBUTES = 90
/** Characters that have fewer bytes than an attribute, however they are encoded. */
const SHORT = 200
/** A row of BigQuery's streaming, and a message of Pub/Sub, may have 10 MB with all that belongs to it. */
const EVENT_BYTES = 9_000_000

/**
 * Whether it is an event that will land: by the same functions that stream-writer judges with, so that nothing is taken
 * here that becomes a dead letter there for what it is.
 *
 * @param key the Idempotency-Key of the event, where the request has one
 */
export function judgeCandidate(
  candidate: Candidate | NoCandidate,
  key: string | undefined,
  now: Date,
): Judged {
  if ('problems' in candidate) return { outcome: 'problems', problems: candidate.problems }
  const { type, time = now.toISOString(), source = SOURCE, attributes = {} } = candidate
  const record = type === undefined ? undefined : throughDoor(type, candidate.bytes)
  if (record && 'rule' in record) return refused(record)
  const data = record?.bytes ?? candidate.bytes
  if (data.length > EVENT_BYTES)
    return refused(problem('', 'maxLength', `an event has at most ${EVENT_BYTES} bytes`, data.length))
  const id = key ?? candidate.id ?? randomUUID()
  const envelope = { data, attributes: { 'ce-id': id }, messageId: '', publishTime: time }
  const decoded = record ? decodeParsed(record.event, record.text, envelope) : decodeMessage(envelope)
  if (decoded.outcome === 'rejected') {
    const { path, reason, message, value } = decoded
    return refused(problem(path, reason, message, value === '' ? undefined : value))
  }
  const { event, eventType, eventId } = decoded
  const problems = validateEvent(eventType, event)
  if (problems.length > 0) return { outcome: 'problems', problems }
  const message = eventMessage(data, { eventType, id, time, source }, attributes)
  // what a CloudEvent says or a type's name is as long as its sender likes
  const unfit =
    candidate.attributes || eventType.length > SHORT ? unfitAttribute(message.attributes) : undefined
  return unfit ? refused(unfit) : { outcome: 'event', eventType, eventId, message }
}

function refused(one: Problem): Judged {
  return { outcome: 'problems', problems: [one] }
}

interface DoorRecord {
  readonly event: JsonObject
  readonly text: string
  readonly bytes: Buffer
}

/** An event that came by the door of its type, which it then need not name itself; undefined: what came is no record. */
function throughDoor(type: string, bytes: Buffer): DoorRecord | Problem | undefined {
  const parsed = parse(bytes)
  // what is no record is told by those who judge every event
  if (parsed.outcome === 'problem' || !isObject(parsed.value)) return undefined
  const taken = takeRecord(type, parsed.value)
  if (taken.outcome === 'problem') return taken.problem
  if (taken.event === parsed.value) return { event: taken.event, text: parsed.text, bytes }
  const text = toJsonText(taken.event)
  return { event: taken.event, text, bytes: Buffer.from(text) }
}

function unfitAttribute(attributes: Readonly<Record<string, string>>): Problem | undefined {
  const entries = Object.entries(attributes)
  if (entries.length > MOST_ATTRIBUTES)
    return problem(
      '',
      'maxProperties',
      `a CloudEvent has at most ${MOST_ATTRIBUTES} attributes`,
      entries.length,
    )
  const long = entries.find(([, value]) => Buffer.byteLength(value) > ATTRIBUTE_BYTES)
  if (!long) return undefined
  const path =
    long[0] === 'event_type' || long[0] === 'ce-type' ? '/event_type' : `/${long[0].replace(/^ce-/, '')}`
  const message = `has ${Buffer.byteLength(long[1])} bytes, ${ATTRIBUTE_BYTES} is the limit`
  return problem(path, 'maxLength', message, long[1].slice(0, 100))
}

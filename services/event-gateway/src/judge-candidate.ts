import { randomUUID } from 'node:crypto'
import { decodeMessage, takeRecord, validateEvent, type Problem } from '@tablestream/contract'
import { eventMessage, type OutgoingMessage } from '@tablestream/service-kit'
import { isObject, toJsonText } from '@tablestream/table-schema'
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
  const taken = type === undefined ? candidate.bytes : throughDoor(type, candidate.bytes)
  if (!Buffer.isBuffer(taken)) return refused(taken)
  if (taken.length > EVENT_BYTES)
    return refused(problem('', 'maxLength', `an event has at most ${EVENT_BYTES} bytes`, taken.length))
  const id = key ?? candidate.id ?? randomUUID()
  const envelope = { data: taken, attributes: { 'ce-id': id }, messageId: '', publishTime: time }
  const decoded = decodeMessage(envelope)
  if (decoded.outcome === 'rejected') {
    const { path, reason, message, value } = decoded
    return refused(problem(path, reason, message, value === '' ? undefined : value))
  }
  const { event, eventType, eventId } = decoded
  const problems = validateEvent(eventType, event)
  if (problems.length > 0) return { outcome: 'problems', problems }
  const message = eventMessage(taken, { eventType, id, time, source }, attributes)
  // what a CloudEvent says or a type's name is as long as its sender likes
  const unfit =
    candidate.attributes || eventType.length > SHORT ? unfitAttribute(message.attributes) : undefined
  return unfit ? refused(unfit) : { outcome: 'event', eventType, eventId, message }
}

function refused(one: Problem): Judged {
  return { outcome: 'problems', problems: [one] }
}

/** The bytes of an event that came by the door of its type, which it then need not name itself. */
function throughDoor(type: string, bytes: Buffer): Buffer | Problem {
  const parsed = parse(bytes)
  // what is no record is told by those who judge every event
  if (parsed.outcome === 'problem' || !isObject(parsed.value)) return bytes
  const taken = takeRecord(type, parsed.value)
  if (taken.outcome === 'problem') return taken.problem
  return taken.event === parsed.value ? bytes : Buffer.from(toJsonText(taken.event))
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

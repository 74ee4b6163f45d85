import { randomUUID } from 'node:crypto'
import { judge, judgeParsed, takeRecord } from '@tablestream/contract'
import { eventMessage, type OutgoingMessage } from '@tablestream/service-kit'
import { isObject, toJsonText, type JsonObject } from '@tablestream/table-schema'
import { fault, faultOf, type Candidate, type Fault, type NoCandidate } from './candidate.ts'
import { parse } from './split-events.ts'
import { CALLER_ATTRIBUTE, unfitAttribute } from './unfit-attribute.ts'

export type Judged =
  | {
      readonly outcome: 'event'
      readonly eventType: string
      readonly eventId: string
      readonly message: OutgoingMessage
    }
  | { readonly outcome: 'faults'; readonly faults: readonly Fault[] }

export interface Surroundings {
  /** Whose the event is, and so its id. */
  readonly caller: string
  readonly now: Date
  /** The id that the request gives to an event of these bytes, where it does. */
  readonly idFor: (data: Buffer) => string | undefined
}

const SOURCE = '/tablestream/event-gateway'
/** Characters that have fewer bytes than an attribute, however they are encoded. */
const SHORT = 200
/** A row of BigQuery's streaming, and a message of Pub/Sub, may have 10 MB with all that belongs to it. */
const EVENT_BYTES = 9_000_000

/**
 * Whether it is an event that will land: by the function that stream-writer judges with, so that nothing is taken
 * here that becomes a dead letter there for what it is.
 */
export function judgeCandidate(
  candidate: Candidate | NoCandidate,
  { caller, now, idFor }: Surroundings,
): Judged {
  if ('faults' in candidate) return { outcome: 'faults', faults: candidate.faults }
  const { type, time = now.toISOString(), source = SOURCE, attributes = {} } = candidate
  const record = type === undefined ? undefined : throughDoor(type, candidate.bytes)
  if (record && 'rule' in record) return refused(record)
  const data = record?.bytes ?? candidate.bytes
  if (data.length > EVENT_BYTES)
    return refused(fault('', 'maxLength', `an event has at most ${EVENT_BYTES} bytes`, String(data.length)))
  const id = idFor(data) ?? candidate.id ?? randomUUID()
  const envelope = { data, attributes: { 'ce-id': id }, messageId: '', publishTime: time }
  const verdict = record ? judgeParsed(record.event, record.text, envelope) : judge(envelope)
  if (verdict.outcome === 'rejected') {
    const { problems, path, reason, message, value } = verdict
    return problems.length > 0
      ? { outcome: 'faults', faults: problems.map(faultOf) }
      : refused(fault(path, reason, message, value))
  }
  const { eventType, eventId } = verdict
  const message = eventMessage(
    data,
    { eventType, id, time, source },
    { ...attributes, [CALLER_ATTRIBUTE]: caller },
  )
  // what a CloudEvent says or a type's name is as long as its sender likes
  const isLong = candidate.attributes !== undefined || eventType.length > SHORT
  const unfit = isLong ? unfitAttribute(message.attributes) : undefined
  return unfit ? refused(unfit) : { outcome: 'event', eventType, eventId, message }
}

function refused(one: Fault): Judged {
  return { outcome: 'faults', faults: [one] }
}

interface DoorRecord {
  readonly event: JsonObject
  readonly text: string
  readonly bytes: Buffer
}

/** An event that came by the door of its type, which it then need not name itself; undefined: what came is no record. */
function throughDoor(type: string, bytes: Buffer): DoorRecord | Fault | undefined {
  const parsed = parse(bytes)
  // what is no record is told by those who judge every event
  if (parsed.outcome === 'fault' || !isObject(parsed.value)) return undefined
  const taken = takeRecord(type, parsed.value)
  if (taken.outcome === 'problem') return faultOf(taken.problem)
  if (taken.event === parsed.value) return { event: taken.event, text: parsed.text, bytes }
  const text = toJsonText(taken.event)
  return { event: taken.event, text, bytes: Buffer.from(text) }
}

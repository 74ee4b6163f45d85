import { toJsonText, type JsonValue } from '@tablestream/table-schema'
import { decodeMessage, decodeParsed, type Decoded } from './decode-message.ts'
import type { Envelope } from './envelope.ts'
import { attributeOf, type Message } from '../messages/message.ts'
import type { Problem } from './problem.ts'
import { shorten, type Rejection } from '../messages/rejection.ts'
import { TYPE_FIELD } from '../known/type-field.ts'
import { validateEvent } from './validate-event.ts'

export type Verdict =
  | ({ readonly outcome: 'event' } & Envelope)
  | ({
      readonly outcome: 'rejected'
      /** What the message says of it, where it is no event; empty where it says nothing. */
      readonly eventType: string
      /** Everything that is wrong by the contract of its type; none where it is no event at all. */
      readonly problems: readonly Problem[]
    } & Rejection)

/**
 * Whether a message is an event that its contract allows: what can be said without looking at a table. The gateway, table-manager and
 * stream-writer all ask this, so that nothing is taken by one of them that another one refuses for what it is. Throws nothing.
 */
export function judge(message: Message): Verdict {
  return validated(decodeMessage(message), message)
}

/** The same for JSON that has been parsed: `text` is what it was parsed from, the message's data are not read. */
export function judgeParsed(event: JsonValue, text: string, message: Message): Verdict {
  return validated(decodeParsed(event, text, message), message)
}

/**
 * The same for a request for a table, as the message that asks: whether it is an event at all. Its contract is not asked again. Who
 * sent the request has asked it of the whole event; this one is shorter, and may have too few elements or characters for it.
 */
export function judgeRequest(asking: Message): Verdict {
  const decoded = decodeMessage(asking)
  return decoded.outcome === 'event' ? decoded : noEvent(decoded, asking)
}

const NONE: readonly never[] = Object.freeze([])

function validated(decoded: Decoded, message: Message): Verdict {
  if (decoded.outcome === 'rejected') return noEvent(decoded, message)
  const { eventType } = decoded
  const problems = validateEvent(eventType, decoded.event)
  const [first] = problems
  if (!first) return decoded
  const all = problems.map(({ path, message: wanted }) => `${path}: ${wanted}`).join('; ')
  return {
    outcome: 'rejected',
    eventType,
    problems,
    reason: 'invalid_event',
    path: first.path,
    value: first.value === undefined ? '' : shorten(toJsonText(first.value as JsonValue)),
    message: shorten(all),
  }
}

function noEvent(decoded: Extract<Decoded, { outcome: 'rejected' }>, message: Message): Verdict {
  return { ...decoded, eventType: attributeOf(message, TYPE_FIELD) ?? '', problems: NONE }
}

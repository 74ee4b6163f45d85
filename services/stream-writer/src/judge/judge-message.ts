import {
  decodeMessage,
  shorten,
  validateEvent,
  type Envelope,
  type Message,
  type Rejection,
} from '@tablestream/contract'
import { toJsonText, type JsonValue } from '@tablestream/table-schema'

export type Verdict =
  | { readonly verdict: 'row'; readonly envelope: Envelope }
  | { readonly verdict: 'dead_letter'; readonly rejection: Rejection; readonly eventType: string }

/** Whether a message is an event that its contract allows: what can be said without looking at a table. */
export function judgeMessage(message: Message): Verdict {
  const decoded = decodeMessage(message)
  if (decoded.outcome === 'rejected') {
    return { verdict: 'dead_letter', rejection: decoded, eventType: message.attributes['event_type'] ?? '' }
  }
  const problems = validateEvent(decoded.eventType, decoded.event)
  const [first] = problems
  if (!first) return { verdict: 'row', envelope: decoded }
  const all = problems.map(({ path, message: wanted }) => `${path}: ${wanted}`).join('; ')
  return {
    verdict: 'dead_letter',
    eventType: decoded.eventType,
    rejection: {
      reason: 'invalid_event',
      path: first.path,
      value: first.value === undefined ? '' : shorten(toJsonText(first.value as JsonValue)),
      message: shorten(all),
    },
  }
}

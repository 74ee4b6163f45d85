import { shorten, type Message, type Rejection } from '@tablestream/contract'

const LONGEST_ATTRIBUTE_BYTES = 1024

export interface DeadLetterSource {
  readonly message: Message
  readonly rejection: Rejection
  readonly eventType: string
  readonly table: string
  readonly deliveryAttempt: number
  readonly subscription: string
}

/**
 * The attributes of a dead letter: why, where in the event, which value, and where the message came from. The data of the
 * dead letter is the message's own bytes, and its own attributes stay.
 */
export function deadLetterAttributes(source: DeadLetterSource): Record<string, string> {
  const { message, rejection, eventType, table, deliveryAttempt, subscription } = source
  const added = {
    'dead-letter-reason': rejection.reason,
    'dead-letter-path': rejection.path,
    'dead-letter-value': rejection.value,
    'dead-letter-message': rejection.message,
    'dead-letter-event-type': eventType,
    'dead-letter-table': table,
    'dead-letter-message-id': message.messageId,
    'dead-letter-publish-time': message.publishTime,
    'dead-letter-attempt': String(deliveryAttempt),
    'dead-letter-subscription': subscription,
  }
  const entries = Object.entries({ ...message.attributes, ...added }).filter(([, value]) => value !== '')
  return Object.fromEntries(entries.map(([key, value]) => [key, fit(value)]))
}

/** Pub/Sub takes attributes of up to 1,024 bytes of UTF-8. */
function fit(value: string): string {
  if (Buffer.byteLength(value) <= LONGEST_ATTRIBUTE_BYTES) return value
  let kept = shorten(value)
  while (Buffer.byteLength(kept) > LONGEST_ATTRIBUTE_BYTES)
    kept = `${kept.slice(0, kept.length - 64).toWellFormed()}…`
  return kept
}

import type { Message } from './message.ts'
import { shorten, type Rejection } from './rejection.ts'

export interface DeadLetterSource {
  readonly message: Message
  readonly rejection: Rejection
  readonly eventType: string
  readonly table: string
  /** Where it came from, by the rest of the attribute's name: `subscription` and `attempt`, or `file` and `line`. */
  readonly from: Readonly<Record<string, string>>
}

/** As it goes to the topic. */
export interface DeadLetterMessage {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

// cloud.google.com/pubsub/quotas: attributes of a message, bytes of a key and of a value
const MOST_ATTRIBUTES = 100
const LONGEST_KEY_BYTES = 256
const LONGEST_VALUE_BYTES = 1024
/**
 * Pub/Sub takes 10 MB a request, and the subscription that writes dead letters into their table 10 MB a row; some of both is
 * overhead. An event may be larger than what is left beside its attributes: then it takes two messages.
 */
const LARGEST_BYTES = 9_500_000
/** What an attribute takes in a request beside its key and its value, at most. */
const ATTRIBUTE_OVERHEAD = 12
/** `dead-letter-part` and `dead-letter-parts`. */
const PART_ATTRIBUTES = 2
/**
 * Names of the message's own attributes that would be taken for ours or for Pub/Sub's, that Pub/Sub lets nobody publish, or that
 * the client cannot send.
 */
const RESERVED = /^(dead-letter-|original-|goog|CloudPubSubDeadLetterSource|__proto__$)/
/** Put before such a name; replaying takes it away again. */
const ORIGINAL = 'original-'

/**
 * A dead letter: the message's own bytes and attributes, and why it is one. Nearly always that is one message. What Pub/Sub
 * would not take as one goes in parts: the data in pieces, the attributes divided, and each part says what is wrong. Nothing
 * of the event is left out.
 */
export function deadLetterMessages(source: DeadLetterSource): DeadLetterMessage[] {
  const { data } = source.message
  const why = Object.entries(reasonAttributes(source))
  const own = Object.entries(source.message.attributes).map(kept)
  const whole = [...own, ...why]
  if (whole.length <= MOST_ATTRIBUTES && data.length + bytesOf(whole) <= LARGEST_BYTES)
    return [{ data: Buffer.from(data), attributes: Object.fromEntries(whole) }]

  const room = MOST_ATTRIBUTES - why.length - PART_ATTRIBUTES
  const pieces = Math.ceil(data.length / (LARGEST_BYTES - bytesOf(whole)))
  const parts = Math.max(pieces, Math.ceil(own.length / room), 1)
  const pieceBytes = Math.ceil(data.length / Math.max(pieces, 1))
  return Array.from({ length: parts }, (_, part) => ({
    data: Buffer.from(data.subarray(part * pieceBytes, (part + 1) * pieceBytes)),
    attributes: Object.fromEntries([
      ...own.slice(part * room, (part + 1) * room),
      ...why,
      ['dead-letter-part', String(part + 1)],
      ['dead-letter-parts', String(parts)],
    ]),
  }))
}

function reasonAttributes(source: DeadLetterSource): Record<string, string> {
  const { message, rejection, eventType, table, from } = source
  const all = {
    'dead-letter-reason': rejection.reason,
    'dead-letter-path': rejection.path,
    'dead-letter-value': rejection.value,
    'dead-letter-message': rejection.message,
    'dead-letter-event-type': eventType,
    'dead-letter-table': table,
    'dead-letter-message-id': message.messageId,
    'dead-letter-publish-time': message.publishTime,
    ...Object.fromEntries(Object.entries(from).map(([name, value]) => [`dead-letter-${name}`, value])),
  }
  const told = Object.entries(all).filter(([, value]) => value !== '')
  return Object.fromEntries(told.map(([key, value]) => [key, fit(value)]))
}

function kept([key, value]: [string, string]): [key: string, value: string] {
  const isLong = Buffer.byteLength(key) > LONGEST_KEY_BYTES - ORIGINAL.length
  return RESERVED.test(key) && !isLong ? [ORIGINAL + key, value] : [key, value]
}

function bytesOf(attributes: readonly (readonly [string, string])[]): number {
  return attributes.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value) + ATTRIBUTE_OVERHEAD,
    0,
  )
}

/** At most as long as an attribute may be, in whole characters. */
function fit(value: string): string {
  if (Buffer.byteLength(value) <= LONGEST_VALUE_BYTES) return value
  let short = shorten(value)
  while (Buffer.byteLength(short) > LONGEST_VALUE_BYTES)
    short = `${short.slice(0, short.length - 64).toWellFormed()}…`
  return short
}

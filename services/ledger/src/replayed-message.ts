import { decodeMessage } from '@tablestream/contract'
import type { DeadLetter } from './dead-letter.ts'

export interface ReplayedMessage {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

/** What was added when it became a dead letter, */
const ADDED =
  /^(dead-letter-(reason|path|value|message|event-type|table|message-id|publish-time|attempt|subscription|parts?)|CloudPubSubDeadLetterSource.*)$/
/** and what was put before names that would have been taken for it. */
const ORIGINAL = /^original-(?=dead-letter-|original-|goog|CloudPubSubDeadLetterSource|__proto__$)/
/** cloud.google.com/pubsub/quotas */
const MOST_ATTRIBUTES = 100

/** Says to stream-writer that a row may be there: it asks the table. Whoever wants a row in any case has said the other. */
const PUBLISHED_AGAIN = 'published-again'
const WRITE_AGAIN = 'write-again'
/** The day of an event that tells none itself: without it, that on which its message is published. */
const TIME = 'ce-time'

const BRACE = 0x7d
const OPENING_BRACE = 0x7b
const WHITE_SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * The message as it was published, in the ways in which it can be published again; the first that Pub/Sub takes is the best.
 * An event without an id of its own keeps the one that it had, its message's: in `ce-id`, where there is room for it, else
 * as its `event_id`. Where there is no place for that either (an `event_id` that is no id, 10 MB of data), it goes as it was
 * and has a new id. Where there is room for one more attribute, each says that it was published before; and where there is room for
 * another, when: a row is looked for on the day of its event, which for an event without a time of its own is that of its publish.
 */
export function messagesOf({ deadLetterId, messageId, data, attributes }: DeadLetter): ReplayedMessage[] {
  return waysToPublish({
    id: messageId || deadLetterId,
    data,
    attributes: originalAttributes(attributes),
    // one that Pub/Sub itself made does not tell the message's id
    publishTime:
      attributes[messageId ? 'dead-letter-publish-time' : 'CloudPubSubDeadLetterSourceTopicPublishTime'],
  })
}

/** The attributes that a message had before it became a dead letter. */
export function originalAttributes(attributes: Attributes): Record<string, string> {
  const own = Object.entries(attributes).filter(([name]) => !ADDED.test(name))
  return Object.fromEntries(own.map(([name, value]) => [name.replace(ORIGINAL, ''), value]))
}

/**
 * @param id the message's own, which an event without another one has
 * @param publishTime of the message, RFC 3339; undefined where nobody knows it
 */
export function waysToPublish({
  id,
  data,
  attributes: original,
  publishTime,
}: { readonly id: string; readonly publishTime: string | undefined } & ReplayedMessage): ReplayedMessage[] {
  const decoded = decodeMessage({ data, attributes: original, messageId: id, publishTime: '' })
  const isEvent = decoded.outcome === 'event'
  const time = isEvent ? publishTime : undefined
  const asItWas = ways(data, original, time)
  if (original['ce-id'] || (isEvent && decoded.eventId !== id)) return asItWas
  return [
    ...(hasRoom(original, 'ce-id') ? ways(data, { ...original, 'ce-id': id }, time) : []),
    ...(isEvent && !Object.hasOwn(decoded.event, 'event_id') ? ways(withId(data, id), original, time) : []),
    ...asItWas,
  ]
}

type Attributes = ReplayedMessage['attributes']

/** With the word that it was published before, and when, and, where Pub/Sub has no room for that, without. */
function ways(data: Buffer, attributes: Attributes, time: string | undefined): ReplayedMessage[] {
  const isSaid = attributes[WRITE_AGAIN] !== 'true' && hasRoom(attributes, PUBLISHED_AGAIN)
  const said = isSaid ? { ...attributes, [PUBLISHED_AGAIN]: 'true' } : attributes
  const isTimed = time !== undefined && !Object.hasOwn(said, TIME) && hasRoom(said, TIME)
  return [
    ...(isTimed ? [{ data, attributes: { ...said, [TIME]: time } }] : []),
    ...(isSaid ? [{ data, attributes: said }] : []),
    { data, attributes },
  ]
}

function hasRoom(attributes: Attributes, name: string): boolean {
  return Object.keys(attributes).length < MOST_ATTRIBUTES || name in attributes
}

/** A JSON object that had no `event_id`, with one behind its fields. */
function withId(data: Buffer, id: string): Buffer {
  const end = data.lastIndexOf(BRACE)
  let before = end - 1
  while (WHITE_SPACE.has(data[before]!)) before--
  const comma = data[before] === OPENING_BRACE ? '' : ','
  const field = `${comma}"event_id":${JSON.stringify(id)}`
  return Buffer.concat([data.subarray(0, end), Buffer.from(field), data.subarray(end)])
}

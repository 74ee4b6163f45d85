import { attributeOf, type Message } from './message.ts'
import { CALLER_ATTRIBUTE } from './source-of.ts'

/** Ids and times that a request of a table keeps of the message that asks: its own are of the request. */
const MESSAGE_ID = 'asked-by-message-id'
const PUBLISH_TIME = 'asked-by-publish-time'
/** What the judge reads beside the event itself. */
const KEPT = ['event_type', 'ce-id', 'ce-source', 'ce-time', CALLER_ATTRIBUTE]

/**
 * A request for a table that takes this event: the event itself, with what tells whose it is. Who receives it judges it as if it were
 * the message that asks.
 */
export function requestOf(message: Message): Pick<Message, 'data' | 'attributes'> {
  const kept = KEPT.flatMap((name) => {
    const value = attributeOf(message, name)
    return value === undefined ? [] : [[name, value]]
  })
  const attributes = { [MESSAGE_ID]: message.messageId, [PUBLISH_TIME]: message.publishTime }
  return { data: message.data, attributes: { ...Object.fromEntries(kept), ...attributes } }
}

/** The message that asks, where this one is a request; else the message itself. */
export function askingMessage(message: Message): Message {
  const { data, attributes } = message
  const messageId = attributes[MESSAGE_ID]
  const publishTime = attributes[PUBLISH_TIME]
  if (messageId === undefined || publishTime === undefined) return message
  return { data, attributes, messageId, publishTime }
}

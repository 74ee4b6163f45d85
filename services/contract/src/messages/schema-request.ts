import {
  divideShape,
  isArray,
  isObject,
  shapeOf,
  toJsonText,
  type Column,
  type JsonObject,
  type JsonValue,
  type PlanOptions,
} from '@tablestream/table-schema'
import { attributeOf, type Message } from './message.ts'
import { CALLER_ATTRIBUTE } from './source-of.ts'
import { destination } from '../known/destination.ts'
import { TYPE_FIELD, typeField } from '../known/type-field.ts'

/** What is published to ask for a table. */
export interface SchemaRequest {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

/** Ids and times that a request of a table keeps of the message that asks: its own are of the request. */
const MESSAGE_ID = 'asked-by-message-id'
const PUBLISH_TIME = 'asked-by-publish-time'
/** Where the events wait: whoever knows other contracts may know another table for their type. */
const TABLE = 'asked-for-table'
/** What the judge reads beside the event itself. */
const KEPT = [TYPE_FIELD, 'ce-id', 'ce-source', 'ce-time', CALLER_ATTRIBUTE]
/** Eventarc takes events of 512 KB (docs: Eventarc, quotas and limits). In base64 this is two thirds of it, attributes are not 6 KB. */
const MOST_BYTES = 256 << 10

/**
 * Requests for a table that takes this event: its shape, with what tells whose it is. Who receives one takes it for the message that asks,
 * whose contract has been asked (`judgeRequest`). There is one, but for an event whose shape is too large: its parts are requests
 * of their own.
 *
 * @param columns the table's columns, or undefined where there is no table
 */
export function requestsOf(
  message: Message,
  event: JsonObject,
  columns: readonly Column[] | undefined,
  options: PlanOptions,
): readonly SchemaRequest[] {
  const shape = shapeOf(event, typeField())
  const data = Buffer.from(toJsonText(shape))
  const type = event[typeField()]
  const attributes = {
    ...attributesOf(message),
    ...(typeof type === 'string' && { [TABLE]: destination(type).table }),
  }
  if (data.length <= MOST_BYTES) return [{ data, attributes }]
  const parts = divideShape(shape, columns, { ...options, typeField: typeField() }, MOST_BYTES)
  return parts.map((part) => ({ data: Buffer.from(toJsonText(part)), attributes }))
}

/** What a request has beside the path of a column: the id, the day and the type of its event, and what is in the column. */
const BESIDE_BYTES = 8 << 10

/**
 * Whether a value has a key that no request has room for, alone or with those that it is inside of: nobody can ask for its column. Safe for
 * an event, which nests 500 levels.
 */
export function hasEndlessKey(value: JsonValue): boolean {
  // a character has six bytes at most, where JSON writes it as an escape: nearly no event needs the closer look
  return (
    isEndless(value, ({ length }) => length * 6) &&
    isEndless(value, (key) => Buffer.byteLength(toJsonText(key)))
  )
}

/** @param above bytes of the keys around the value */
function isEndless(value: JsonValue, bytesOf: (key: string) => number, above = 0): boolean {
  if (isArray(value)) return value.some((each) => isEndless(each, bytesOf, above))
  if (!isObject(value)) return false
  return Object.keys(value).some((key) => {
    const bytes = above + bytesOf(key)
    return bytes > MOST_BYTES - BESIDE_BYTES || isEndless(value[key]!, bytesOf, bytes)
  })
}

function attributesOf(message: Message): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((name) => {
    const value = attributeOf(message, name)
    return value === undefined ? [] : [[name, value]]
  })
  const asking = { [MESSAGE_ID]: message.messageId, [PUBLISH_TIME]: message.publishTime }
  return { ...Object.fromEntries(kept), ...asking }
}

/** The message that asks, where this one is a request; else the message itself. */
export function askingMessage(message: Message): Message {
  const { data, attributes } = message
  const messageId = attributes[MESSAGE_ID]
  const publishTime = attributes[PUBLISH_TIME]
  if (messageId === undefined || publishTime === undefined) return message
  return { data, attributes, messageId, publishTime }
}

/** The table in which the event of a request is to land, by those who ask; undefined where the message says nothing of it. */
export function tableAskedFor({ attributes }: Pick<Message, 'attributes'>): string | undefined {
  return attributes[TABLE]
}

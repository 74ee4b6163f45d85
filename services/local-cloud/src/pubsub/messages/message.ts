import { isUtf8 } from 'node:buffer'
import { GoogleError } from '../../google-error.ts'
import type { Bodies } from './published.ts'
import type { StoredMessage } from './stored-message.ts'
import { readFields, stringField, writeVarint, varintSize } from './protobuf-wire.ts'

export interface MessageParts {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
  readonly orderingKey: string
}

// PubsubMessage: data = 1, attributes = 2, message_id = 3, publish_time = 4, ordering_key = 5
const DATA = 1
const ATTRIBUTES = 2
const ORDERING_KEY = 5

const parsed = new WeakMap<StoredMessage, MessageParts>()

export function partsOf(message: StoredMessage): MessageParts {
  let parts = parsed.get(message)
  if (!parts) {
    parts = parseBody(message.body)
    parsed.set(message, parts)
  }
  return parts
}

function parseBody(body: Buffer): MessageParts {
  let data: Buffer = Buffer.alloc(0)
  let orderingKey = ''
  const attributes: Record<string, string> = Object.create(null)
  readFields(body, (field, start, end) => {
    if (field === DATA) data = body.subarray(start, end)
    else if (field === ORDERING_KEY) orderingKey = body.toString('utf8', start, end)
    else if (field === ATTRIBUTES) {
      readEntry(body, start, end)
      attributes[body.toString('utf8', entry.keyStart, entry.keyEnd)] = body.toString(
        'utf8',
        entry.valueStart,
        entry.valueEnd,
      )
    }
  })
  return { data, attributes, orderingKey }
}

export function composeBody(
  data: Uint8Array,
  attributes: Readonly<Record<string, string>>,
  orderingKey = '',
): Buffer {
  const parts: Buffer[] = []
  if (data.length > 0)
    parts.push(tag(DATA, data.length), Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  for (const [key, value] of Object.entries(attributes)) parts.push(attributeField(key, value))
  if (orderingKey !== '') parts.push(stringField(ORDERING_KEY, orderingKey))
  return Buffer.concat(parts)
}

/** The bytes of one attribute: they can follow those of any message. */
export function attributeField(key: string, value: string): Buffer {
  const inner = Buffer.concat([stringField(1, key), stringField(2, value)])
  return Buffer.concat([tag(ATTRIBUTES, inner.length), inner])
}

export function dataOf(body: Buffer): Buffer {
  let data: Buffer = Buffer.alloc(0)
  readFields(body, (field, start, end) => {
    if (field === DATA) data = body.subarray(start, end)
  })
  return data
}

export function orderingKeyOf(body: Buffer): string {
  let key = ''
  readFields(body, (field, start, end) => {
    if (field === ORDERING_KEY) key = body.toString('utf8', start, end)
  })
  return key
}

function tag(field: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(1 + varintSize(length))
  buffer[0] = (field << 3) | 2
  writeVarint(buffer, 1, length)
  return buffer
}

/** Where key and value of the attribute that was read last are: an object for each would cost more than reading it. */
export const entry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 }

const KEY_TAG = (1 << 3) | 2
const VALUE_TAG = (2 << 3) | 2

/** Finds key and value of an attribute. */
function readEntry(body: Buffer, from: number, to: number): void {
  if (isShortEntry(body, from, to)) return
  entry.keyStart = entry.keyEnd = entry.valueStart = entry.valueEnd = from
  readFields(body, placeOfEntry, from, to)
}

/** As nearly all are: the key, then the value, of less than 128 bytes each. */
function isShortEntry(body: Buffer, from: number, to: number): boolean {
  const keyEnd = from + 2 + body[from + 1]!
  if (to < from + 4 || body[from] !== KEY_TAG || body[from + 1]! > 127 || keyEnd + 2 > to) return false
  const size = body[keyEnd + 1]!
  if (body[keyEnd] !== VALUE_TAG || size > 127 || keyEnd + 2 + size !== to) return false
  entry.keyStart = from + 2
  entry.keyEnd = keyEnd
  entry.valueStart = keyEnd + 2
  entry.valueEnd = to
  return true
}

function placeOfEntry(field: number, start: number, end: number): void {
  if (field === 1) {
    entry.keyStart = start
    entry.keyEnd = end
  } else if (field === 2) {
    entry.valueStart = start
    entry.valueEnd = end
  }
}

export interface BodyVisitor {
  data(start: number, end: number): void
  /** `entry` says where its key and value are. */
  attribute(): void
  orderingKey(start: number, end: number): void
}

/** Calls back for each part of a message, as its bytes have them. */
export function visitBody(body: Buffer, visitor: BodyVisitor): void {
  readFields(body, (field, start, end) => {
    if (field === DATA) visitor.data(start, end)
    else if (field === ORDERING_KEY) visitor.orderingKey(start, end)
    else if (field === ATTRIBUTES) {
      readEntry(body, start, end)
      visitor.attribute()
    }
  })
}

const GOOG = Buffer.from('goog')

/**
 * Checks a message against the limits of cloud.google.com/pubsub/quotas without decoding it.
 *
 * @throws GoogleError INVALID_ARGUMENT that names the rule and the value
 */
export function checkBody(body: Buffer, from = 0, to = body.length): void {
  if (isDataAlone(body, from, to)) return
  let attributes = 0
  let dataBytes = 0
  const look = (field: number, start: number, end: number) => {
    if (field === DATA) dataBytes = end - start
    else if (field === ATTRIBUTES) {
      attributes++
      readEntry(body, start, end)
      if (!isPlainAttribute(body)) {
        const { keyStart, keyEnd, valueStart, valueEnd } = entry
        checkAttribute({ key: body.subarray(keyStart, keyEnd), value: body.subarray(valueStart, valueEnd) })
      }
    } else if (field === ORDERING_KEY) {
      checkUtf8('The ordering key', body.subarray(start, end))
      if (end - start > 1024)
        throw new GoogleError(
          'INVALID_ARGUMENT',
          `The ordering key has ${end - start} bytes; 1024 is the limit.`,
        )
    }
  }
  readFields(body, look, from, to)
  if (attributes > 100) {
    throw new GoogleError('INVALID_ARGUMENT', `A message has ${attributes} attributes; 100 is the limit.`)
  }
  if (dataBytes === 0 && attributes === 0)
    throw new GoogleError('INVALID_ARGUMENT', 'Some messages are empty')
}

const DATA_TAG = (DATA << 3) | 2

/** Some data and nothing else, of which no rule speaks: as each message is that has no attributes. */
function isDataAlone(body: Buffer, from: number, to: number): boolean {
  if (from === to || body[from] !== DATA_TAG) return false
  let size = 0
  let at = from + 1
  for (let scale = 1; at < to; scale *= 128) {
    const byte = body[at++]!
    size += (byte & 127) * scale
    if (byte < 128) return size > 0 && at + size === to
  }
  return false
}

/** A proto3 string is UTF-8 (protobuf.dev/programming-guides/proto3): a message with another one is no message. */
function checkUtf8(what: string, bytes: Buffer): void {
  if (!isUtf8(bytes))
    throw new GoogleError('INVALID_ARGUMENT', `${what} is not UTF-8: ${bytes.toString('latin1')}`)
}

/** Short ASCII that does not begin with a "g": nothing that the rules could refuse, and nearly every attribute. */
function isPlainAttribute(body: Buffer): boolean {
  const { keyStart, keyEnd, valueStart, valueEnd } = entry
  if (keyEnd - keyStart > 256 || valueEnd - valueStart > 1024 || body[keyStart] === GOOG[0]) return false
  for (let at = keyStart; at < keyEnd; at++) if (body[at]! > 127) return false
  for (let at = valueStart; at < valueEnd; at++) if (body[at]! > 127) return false
  return true
}

function checkAttribute({ key, value }: { key: Buffer; value: Buffer }): void {
  checkUtf8('An attribute key', key)
  if (key.length > 256) {
    throw new GoogleError('INVALID_ARGUMENT', `An attribute key has ${key.length} bytes; 256 is the limit.`)
  }
  if (!isUtf8(value)) checkUtf8(`The value of attribute "${key.toString('utf8')}"`, value)
  if (value.length > 1024) {
    const name = key.toString('utf8')
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Attribute "${name}" has ${value.length} bytes; 1024 is the limit.`,
    )
  }
  if (key.subarray(0, 4).equals(GOOG)) {
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Attribute key "${key.toString('utf8')}" begins with the reserved "goog".`,
    )
  }
}

/** The topic and the message bodies of a PublishRequest, as places in its bytes. */
export function splitPublishRequest(request: Buffer): { topic: string; bodies: Bodies } {
  let topic = ''
  const places: number[] = []
  readFields(request, (field, start, end) => {
    if (field === 1) {
      checkUtf8('topic', request.subarray(start, end))
      topic = request.toString('utf8', start, end)
    } else if (field === 2) places.push(start, end)
  })
  return { topic, bodies: { bytes: request, places } }
}

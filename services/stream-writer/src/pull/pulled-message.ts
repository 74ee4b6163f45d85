import type { Message } from '@tablestream/contract'
import { AckIds } from './ack-ids.ts'

/** The messages of a StreamingPullResponse: what stands at one place in all three is of one message. */
export interface PulledMessages {
  readonly ackIds: AckIds
  /** Bytes of each message, attributes included. */
  readonly sizes: readonly number[]
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempts: readonly number[]
  readonly messages: readonly Message[]
}

// google/pubsub/v1/pubsub.proto: StreamingPullResponse.received_messages = 1
const RECEIVED_MESSAGES = 10
// ReceivedMessage: ack_id = 1, message = 2, delivery_attempt = 3
const ACK_ID = 10
const MESSAGE = 18
const DELIVERY_ATTEMPT = 24
// PubsubMessage: data = 1, attributes = 2, message_id = 3, publish_time = 4
const DATA = 10
const ATTRIBUTE = 18
const MESSAGE_ID = 26
const PUBLISH_TIME = 34
// a map entry: key = 1, value = 2; Timestamp: seconds = 1, nanos = 2
const KEY = 10
const VALUE = 18
const SECONDS = 8
const NANOS = 16

/** Reads protobuf fields one after the other. One serves all: reading is done in one go. */
class Reader {
  bytes: Buffer = EMPTY
  at = 0
  /** Where the field ends that it is in. */
  end = 0

  /** The field that it is in, as text. */
  text(): string {
    return this.bytes.toString('utf8', this.at, this.end)
  }

  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 128) return byte
    let value = byte & 127
    for (let scale = 128; ; scale *= 128) {
      if (this.at >= bytes.length)
        throw new RangeError('a response of Pub/Sub ends in the middle of a number')
      byte = bytes[this.at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  /** Moves behind a field that is not wanted. */
  skip(tag: number): void {
    const kind = tag & 7
    if (kind === 0) this.varint()
    else if (kind === 1) this.at += 8
    else if (kind === 2) {
      const size = this.varint()
      this.at += size
    } else if (kind === 5) this.at += 4
    else throw new Error(`protobuf wire type ${kind} in a message of Pub/Sub`)
  }
}

const EMPTY = Buffer.alloc(0)
const reader = new Reader()

/**
 * The messages of a StreamingPullResponse. Data are parts of the response's bytes, and what is rarely asked for (attributes,
 * ids, times) is read when it is: the general decoder makes some thirty objects of each message.
 *
 * @throws Error, RangeError for bytes that are no such response
 */
export function readPulledMessages(response: Buffer): PulledMessages {
  const received: Received = { ackIds: [], sizes: [], deliveryAttempts: [], messages: [] }
  reader.bytes = response
  reader.at = 0
  while (reader.at < response.length) {
    const tag = reader.varint()
    if (tag !== RECEIVED_MESSAGES) reader.skip(tag)
    else readReceived(received, reader.varint())
  }
  if (reader.at !== response.length)
    throw new RangeError('a response of Pub/Sub ends in the middle of a message')
  const { ackIds, sizes, deliveryAttempts, messages } = received
  return { ackIds: AckIds.copy(response, ackIds), sizes, deliveryAttempts, messages }
}

interface Received {
  /** Begin and end of each. */
  readonly ackIds: number[]
  readonly sizes: number[]
  readonly deliveryAttempts: number[]
  readonly messages: Message[]
}

function readReceived({ ackIds, sizes, deliveryAttempts, messages }: Received, length: number): void {
  const { bytes } = reader
  const end = reader.at + length
  let ackId = reader.at
  let ackIdEnd = ackId
  let deliveryAttempt = 0
  let message: Message = NO_MESSAGE
  let messageSize = 0
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === ACK_ID) {
      const size = reader.varint()
      ackId = reader.at
      ackIdEnd = ackId + size
      reader.at = ackIdEnd
    } else if (tag === MESSAGE) {
      const size = reader.varint()
      const behind = reader.at + size
      messageSize = size
      message = new MessageInBytes(bytes, reader.at, behind)
      reader.at = behind
    } else if (tag === DELIVERY_ATTEMPT) deliveryAttempt = reader.varint()
    else reader.skip(tag)
  }
  ackIds.push(ackId, ackIdEnd)
  sizes.push(messageSize)
  deliveryAttempts.push(deliveryAttempt)
  messages.push(message)
}

const NO_MESSAGE: Message = {
  data: EMPTY,
  attributes: {},
  messageId: '',
  publishTime: new Date(0).toISOString(),
}

/** Keeps the places of its fields, and reads them when they are asked for. */
class MessageInBytes implements Message {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  get data(): Buffer {
    return this.#find(DATA) ? this.#bytes.subarray(reader.at, reader.end) : EMPTY
  }

  get messageId(): string {
    return this.#find(MESSAGE_ID) ? reader.text() : ''
  }

  get publishTime(): string {
    let milliseconds = 0
    if (this.#find(PUBLISH_TIME)) {
      const { end } = reader
      while (reader.at < end) {
        const tag = reader.varint()
        if (tag === SECONDS) milliseconds += reader.varint() * 1000
        else if (tag === NANOS) milliseconds += Math.floor(reader.varint() / 1e6)
        else reader.skip(tag)
      }
    }
    return timeText(milliseconds)
  }

  get attributes(): Readonly<Record<string, string>> {
    const attributes: [string, string][] = []
    for (let found = this.#find(ATTRIBUTE); found; found = this.#findNext(ATTRIBUTE)) {
      const { end } = reader
      attributes.push(readEntry(end))
      reader.at = end
    }
    // one may be called __proto__
    return Object.fromEntries(attributes)
  }

  attribute(name: string): string | undefined {
    for (let found = this.#find(ATTRIBUTE); found; found = this.#findNext(ATTRIBUTE)) {
      const { end } = reader
      if (hasKey(name, end)) return valueBehind(name, end)
      reader.at = end
    }
    return undefined
  }

  /** Puts the reader into the first field with this tag; false where there is none. */
  #find(wanted: number): boolean {
    reader.bytes = this.#bytes
    reader.at = this.#start
    return this.#findNext(wanted)
  }

  #findNext(wanted: number): boolean {
    while (reader.at < this.#end) {
      const tag = reader.varint()
      if (tag === wanted) {
        const size = reader.varint()
        reader.end = reader.at + size
        return true
      }
      reader.skip(tag)
    }
    return false
  }
}

/** Whether the entry that the reader is in begins with this key, of ASCII: as every library writes it. Does not move it. */
function hasKey(name: string, end: number): boolean {
  const { bytes, at } = reader
  if (at + 2 + name.length > end || bytes[at] !== KEY || bytes[at + 1] !== name.length) return false
  for (let index = 0; index < name.length; index++) {
    if (bytes[at + 2 + index] !== name.charCodeAt(index)) return false
  }
  return true
}

// messages that came together mostly have the same caller, source and time
const lastValues = new Map<string, string>()

/** The value of the map entry that the reader is in, whose key it begins with. */
function valueBehind(name: string, end: number): string {
  const { at } = reader
  reader.at += 2 + name.length
  if (reader.bytes[reader.at] !== VALUE) {
    // no value, or something else before it
    reader.at = at
    return readEntry(end)[1]
  }
  reader.at++
  const size = reader.varint()
  reader.end = reader.at + size
  if (reader.end !== end) {
    reader.at = at
    return readEntry(end)[1]
  }
  const last = lastValues.get(name)
  if (last !== undefined && isText(last)) return last
  const value = reader.text()
  lastValues.set(name, value)
  return value
}

/** Whether the field that the reader is in is this text, of ASCII. From its end on: ids differ there. */
function isText(text: string): boolean {
  const { bytes, at, end } = reader
  if (text.length !== end - at) return false
  for (let index = text.length - 1; index >= 0; index--) {
    const code = text.charCodeAt(index)
    if (bytes[at + index] !== code || code > 127) return false
  }
  return true
}

/** Key and value of the map entry that the reader is in. */
function readEntry(end: number): [key: string, value: string] {
  let key = ''
  let value = ''
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag !== KEY && tag !== VALUE) {
      reader.skip(tag)
      continue
    }
    const size = reader.varint()
    reader.end = reader.at + size
    if (tag === KEY) key = reader.text()
    else value = reader.text()
    reader.at = reader.end
  }
  return [key, value]
}

// the messages of one publish request have one time
let lastTime = 0
let lastTimeText = new Date(0).toISOString()

/** RFC 3339. */
function timeText(milliseconds: number): string {
  if (milliseconds !== lastTime) {
    lastTime = milliseconds
    lastTimeText = new Date(milliseconds).toISOString()
  }
  return lastTimeText
}

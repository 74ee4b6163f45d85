import type { Message } from '@tablestream/contract'

/** A message as it stands in the bytes of a StreamingPullResponse. */
export interface PulledMessage {
  readonly ackId: string
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number
  readonly message: Message
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
export function readPulledMessages(response: Buffer): PulledMessage[] {
  const messages: PulledMessage[] = []
  reader.bytes = response
  reader.at = 0
  while (reader.at < response.length) {
    const tag = reader.varint()
    if (tag !== RECEIVED_MESSAGES) reader.skip(tag)
    else messages.push(readReceived(reader.varint()))
  }
  if (reader.at !== response.length)
    throw new RangeError('a response of Pub/Sub ends in the middle of a message')
  return messages
}

function readReceived(length: number): PulledMessage {
  const { bytes } = reader
  const end = reader.at + length
  let ackId = ''
  let deliveryAttempt = 0
  let message: Message = NO_MESSAGE
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag === ACK_ID) {
      const size = reader.varint()
      // ack ids are ASCII
      ackId = bytes.toString('latin1', reader.at, reader.at + size)
      reader.at += size
    } else if (tag === MESSAGE) {
      const size = reader.varint()
      const behind = reader.at + size
      message = new MessageInBytes(bytes, reader.at, behind)
      reader.at = behind
    } else if (tag === DELIVERY_ATTEMPT) deliveryAttempt = reader.varint()
    else reader.skip(tag)
  }
  return { ackId, deliveryAttempt, message }
}

const NO_MESSAGE: Message = {
  data: EMPTY,
  attributes: {},
  messageId: '',
  publishTime: new Date(0).toISOString(),
}

/** Keeps the places of its fields, and reads them when they are asked for. */
class MessageInBytes implements Message {
  readonly data: Buffer
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.data = this.#field(DATA)
  }

  get messageId(): string {
    return this.#field(MESSAGE_ID).toString('utf8')
  }

  get publishTime(): string {
    const time = this.#field(PUBLISH_TIME)
    reader.bytes = time
    reader.at = 0
    let milliseconds = 0
    while (reader.at < time.length) {
      const tag = reader.varint()
      if (tag === SECONDS) milliseconds += reader.varint() * 1000
      else if (tag === NANOS) milliseconds += Math.floor(reader.varint() / 1e6)
      else reader.skip(tag)
    }
    return timeText(milliseconds)
  }

  get attributes(): Readonly<Record<string, string>> {
    const attributes: Record<string, string> = {}
    let at = this.#start
    while ((at = this.#next(ATTRIBUTE, at)) >= 0) {
      const { key, value } = readEntry(this.#bytes, at)
      attributes[key.toString('utf8')] = value.toString('utf8')
      at = reader.at
    }
    return attributes
  }

  attribute(name: string): string | undefined {
    let at = this.#start
    while ((at = this.#next(ATTRIBUTE, at)) >= 0) {
      const { key, value } = readEntry(this.#bytes, at)
      if (key.length === name.length && key.toString('latin1') === name) return value.toString('utf8')
      at = reader.at
    }
    return undefined
  }

  /** The bytes of a field that comes once. */
  #field(wanted: number): Buffer {
    const at = this.#next(wanted, this.#start)
    if (at < 0) return EMPTY
    const size = reader.varint()
    return this.#bytes.subarray(reader.at, reader.at + size)
  }

  /** The place of the next field with this tag, behind the tag; -1 where there is none. */
  #next(wanted: number, from: number): number {
    reader.bytes = this.#bytes
    reader.at = from
    while (reader.at < this.#end) {
      const tag = reader.varint()
      if (tag === wanted) return reader.at
      reader.skip(tag)
    }
    return -1
  }
}

/** @param at the place of its length; the reader stands behind the entry afterwards */
function readEntry(bytes: Buffer, at: number): { key: Buffer; value: Buffer } {
  reader.bytes = bytes
  reader.at = at
  const size = reader.varint()
  const end = reader.at + size
  let key: Buffer = EMPTY
  let value: Buffer = EMPTY
  while (reader.at < end) {
    const tag = reader.varint()
    if (tag !== KEY && tag !== VALUE) {
      reader.skip(tag)
      continue
    }
    const length = reader.varint()
    const part = bytes.subarray(reader.at, reader.at + length)
    reader.at += length
    if (tag === KEY) key = part
    else value = part
  }
  return { key, value }
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

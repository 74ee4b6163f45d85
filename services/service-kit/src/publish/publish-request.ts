import type { OutgoingMessage } from './event-message.ts'

// PublishRequest: topic = 1, messages = 2. PubsubMessage: data = 1, attributes = 2, entries with key = 1 and value = 2 (pubsub.proto).
const FIRST = 10
const SECOND = 18
/** Keys whose bytes are remembered, at most: publishers have few, and callers of a gateway may invent more. */
const MOST_KEYS = 200
const FIRST_BYTES = 64 << 10

/** What an attribute was the last time; its bytes, where it was the same the time before. */
interface Known {
  value: string
  bytes: Uint8Array | undefined
}

/**
 * Makes requests of messages, as bytes: what generated code makes of them takes three times the CPU, most of it for attributes,
 * which nearly all have the values that they had in the message before.
 */
export class PublishRequests {
  readonly #topic: Buffer
  readonly #known = new Map<string, Known>()
  /** The attributes of one request; filled and read within one call. */
  #attributes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  constructor(topic: string) {
    const name = Buffer.from(topic)
    this.#topic = Buffer.alloc(1 + sizeOfLength(name.length) + name.length)
    this.#topic[0] = FIRST
    name.copy(this.#topic, writeLength(this.#topic, 1, name.length))
  }

  /** @throws Error with gRPC's INVALID_ARGUMENT where an attribute is no Unicode text: nobody could send it */
  encode(messages: readonly OutgoingMessage[]): Buffer {
    this.#at = 0
    const ends: number[] = []
    const sizes: number[] = []
    let size = this.#topic.length
    for (const { data, attributes } of messages) {
      const start = this.#at
      for (const key in attributes) this.#add(key, attributes[key]!)
      ends.push(this.#at)
      const body = 1 + sizeOfLength(data.length) + data.length + this.#at - start
      sizes.push(body)
      size += 1 + sizeOfLength(body) + body
    }
    const request = Buffer.allocUnsafe(size)
    let at = this.#topic.copy(request)
    let start = 0
    messages.forEach(({ data }, index) => {
      request[at++] = SECOND
      at = writeLength(request, at, sizes[index]!)
      request[at++] = FIRST
      at = writeLength(request, at, data.length)
      request.set(data, at)
      at += data.length
      const end = ends[index]!
      this.#attributes.copy(request, at, start, end)
      at += end - start
      start = end
    })
    return request
  }

  #add(key: string, value: string): void {
    const known = this.#known.get(key)
    if (known === undefined) {
      if (this.#known.size >= MOST_KEYS) this.#known.clear()
      this.#known.set(key, { value, bytes: undefined })
      this.#write(key, value)
    } else if (known.value !== value) {
      known.value = value
      known.bytes = undefined
      this.#write(key, value)
    } else if (known.bytes === undefined) {
      const start = this.#at
      this.#write(key, value)
      known.bytes = Uint8Array.prototype.slice.call(this.#attributes, start, this.#at)
    } else this.#copy(known.bytes)
  }

  #copy(from: Uint8Array): void {
    this.#reserve(from.length)
    const bytes = this.#attributes
    let at = this.#at
    // a loop: so few bytes are not worth a call out of JavaScript
    for (let index = 0; index < from.length; index++) bytes[at++] = from[index]!
    this.#at = at
  }

  #write(key: string, value: string): void {
    // written anyway they would become other texts, and two ids the same
    if (!key.isWellFormed() || !value.isWellFormed()) throw noText(key)
    const keyBytes = Buffer.byteLength(key)
    const valueBytes = Buffer.byteLength(value)
    const entry = 2 + sizeOfLength(keyBytes) + keyBytes + sizeOfLength(valueBytes) + valueBytes
    this.#reserve(1 + sizeOfLength(entry) + entry)
    const bytes = this.#attributes
    let at = this.#at
    bytes[at++] = SECOND
    at = writeLength(bytes, at, entry)
    bytes[at++] = FIRST
    at = writeLength(bytes, at, keyBytes)
    at += bytes.write(key, at)
    bytes[at++] = SECOND
    at = writeLength(bytes, at, valueBytes)
    this.#at = at + bytes.write(value, at)
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#attributes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.#at + more, this.#attributes.length * 2))
    this.#attributes.copy(wider, 0, 0, this.#at)
    this.#attributes = wider
  }
}

/** How gRPC says that the request itself is wrong. */
const INVALID_ARGUMENT = 3

function noText(key: string): Error {
  const told = `INVALID_ARGUMENT: attribute ${JSON.stringify(key)} is no Unicode text: it has one half of a surrogate pair`
  return Object.assign(new Error(`${INVALID_ARGUMENT} ${told}`), { code: INVALID_ARGUMENT })
}

function sizeOfLength(length: number): number {
  let size = 1
  for (let rest = length; rest > 127; rest >>>= 7) size++
  return size
}

/** @returns the place behind it */
function writeLength(bytes: Buffer, start: number, length: number): number {
  let at = start
  let rest = length
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

import { entry, partsOf, visitBody, type BodyVisitor } from '../../pubsub/messages/message.ts'
import type { StoredMessage } from '../../pubsub/messages/stored-message.ts'
import type { LineWriter } from '../table/line-writer.ts'

const COLON = 0x3a
const COMMA = 0x2c
const ORDERING_KEY = Buffer.from('orderingKey')
const NOTHING: Buffer = Buffer.alloc(0)

/** Writes the attributes of one message after the other: an object for each message would cost more than writing them. */
class AttributesWriter implements BodyVisitor {
  #body: Buffer = NOTHING
  #to: LineWriter | undefined
  /** Where the keys are that were written, two numbers each. */
  readonly #keys: number[] = []
  /** Whether a name may be there twice. */
  isTwice = false
  dataStart = 0
  dataEnd = 0

  write(body: Buffer, to: LineWriter): void {
    this.#body = body
    this.#to = to
    this.#keys.length = 0
    this.isTwice = false
    this.dataStart = this.dataEnd = 0
    to.ascii('{')
    visitBody(body, this)
    to.ascii('}')
    this.#body = NOTHING
    this.#to = undefined
  }

  data(start: number, end: number): void {
    this.dataStart = start
    this.dataEnd = end
  }

  attribute(): void {
    const { keyStart, keyEnd, valueStart, valueEnd } = entry
    const body = this.#body
    const to = this.#to!
    this.isTwice ||= this.#isWritten(keyStart, keyEnd)
    if (this.#keys.length > 0) to.byte(COMMA)
    this.#keys.push(keyStart, keyEnd)
    to.quoted(body, keyStart, keyEnd)
    to.byte(COLON)
    to.quoted(body, valueStart, valueEnd)
  }

  orderingKey(start: number, end: number): void {
    const to = this.#to!
    // this name in an attribute is rare, too
    this.isTwice ||= this.#body.includes(ORDERING_KEY)
    if (start === end) return
    if (this.#keys.length > 0) to.byte(COMMA)
    this.#keys.push(0, 0)
    to.ascii('"orderingKey":')
    to.quoted(this.#body, start, end)
  }

  #isWritten(start: number, end: number): boolean {
    const keys = this.#keys
    const body = this.#body
    const length = end - start
    for (let at = 0; at < keys.length; at += 2) {
      const before = keys[at]!
      if (keys[at + 1]! - before !== length) continue
      // from the end: names of one kind begin alike
      let left = length
      while (left > 0 && body[before + left - 1] === body[start + left - 1]) left--
      if (left === 0) return true
    }
    return false
  }
}

const writer = new AttributesWriter()

/**
 * Writes the attributes of a message as a JSON object, from bytes to bytes, with its ordering key among them.
 *
 * @returns its data
 */
export function writeAttributes(message: StoredMessage, to: LineWriter): Buffer {
  const { body } = message
  const start = to.length
  writer.write(body, to)
  if (writer.isTwice) {
    // the last of a key counts
    const { attributes, orderingKey } = partsOf(message)
    to.truncate(start)
    to.text(JSON.stringify(orderingKey === '' ? attributes : { ...attributes, orderingKey }))
  }
  return body.subarray(writer.dataStart, writer.dataEnd)
}

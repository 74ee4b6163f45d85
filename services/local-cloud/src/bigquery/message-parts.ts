import { entry, partsOf, visitBody, type StoredMessage } from '../pubsub/message.ts'
import type { LineWriter } from './line-writer.ts'

const COLON = 0x3a
const COMMA = 0x2c
const ORDERING_KEY = Buffer.from('orderingKey')

/** Where the keys of the attributes are that were written, two numbers each. */
const keys: number[] = []

/**
 * Writes the attributes of a message as a JSON object, from bytes to bytes, with its ordering key among them.
 *
 * @returns its data
 */
export function writeAttributes(message: StoredMessage, to: LineWriter): Buffer {
  const { body } = message
  const start = to.length
  let data = body.subarray(0, 0)
  let isTwice = false
  keys.length = 0
  to.ascii('{')
  visitBody(body, {
    data(from, end) {
      data = body.subarray(from, end)
    },
    attribute() {
      const { keyStart, keyEnd, valueStart, valueEnd } = entry
      isTwice ||= isWritten(body, keyStart, keyEnd)
      if (keys.length > 0) to.byte(COMMA)
      keys.push(keyStart, keyEnd)
      to.quoted(body, keyStart, keyEnd)
      to.byte(COLON)
      to.quoted(body, valueStart, valueEnd)
    },
    orderingKey(from, end) {
      // this name in an attribute is rare, too
      isTwice ||= body.includes(ORDERING_KEY)
      if (from === end) return
      if (keys.length > 0) to.byte(COMMA)
      keys.push(0, 0)
      to.ascii('"orderingKey":')
      to.quoted(body, from, end)
    },
  })
  to.ascii('}')
  if (isTwice) {
    // the last of a key counts
    const { attributes, orderingKey } = partsOf(message)
    to.truncate(start)
    to.text(JSON.stringify(orderingKey === '' ? attributes : { ...attributes, orderingKey }))
  }
  return data
}

function isWritten(body: Buffer, start: number, end: number): boolean {
  for (let at = 0; at < keys.length; at += 2) {
    const before = keys[at]!
    if (keys[at + 1]! - before !== end - start || body[before] !== body[start]) continue
    if (body.compare(body, before, keys[at + 1], start, end) === 0) return true
  }
  return false
}

import { DIGITS, type IdRange } from '../messages/message-ids.ts'

// PublishResponse: message_ids = 1
const MESSAGE_IDS = (1 << 3) | 2
const ZERO = 0x30

/** The bytes of a PublishResponse. Ids are digits, fewer than 128: a byte each. */
export function encodePublishResponse({ head, first, count }: IdRange): Buffer {
  const length = head.length + DIGITS
  const size = 2 + length
  const bytes = Buffer.allocUnsafe(size * count)
  if (count === 0) return bytes
  bytes[0] = MESSAGE_IDS
  bytes[1] = length
  bytes.write(head, 2, 'latin1')
  // what all begin with, twice as often each time
  for (let done = 1; done < count; done *= 2)
    bytes.copyWithin(done * size, 0, Math.min(done, count - done) * size)
  for (let index = 0; index < count; index++) writeDigits(bytes, (index + 1) * size, first + index)
  return bytes
}

/** @param end the place behind the last digit */
function writeDigits(bytes: Buffer, end: number, number: number): void {
  let rest = number
  for (let at = end; at > end - DIGITS;) {
    bytes[--at] = ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

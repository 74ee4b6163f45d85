import type { Lease } from './consumer.ts'
import { varintSize, writeVarint } from './protobuf-wire.ts'

// ReceivedMessage: ack_id = 1, message = 2, delivery_attempt = 3; PubsubMessage: message_id = 3, publish_time = 4
const RECEIVED_MESSAGES = (1 << 3) | 2
const ACK_ID = (1 << 3) | 2
const MESSAGE = (2 << 3) | 2
const DELIVERY_ATTEMPT = 3 << 3
const MESSAGE_ID = (3 << 3) | 2
const PUBLISH_TIME = (4 << 3) | 2
const SECONDS = 1 << 3
const NANOS = 2 << 3

/**
 * The bytes of a PullResponse, and of a StreamingPullResponse: both hold the messages in field 1. The bodies are copied
 * as they were published, with id and time appended: protobuf lets fields follow in any order.
 */
export function encodeReceivedMessages(leases: readonly Lease[]): Buffer {
  const sizes = leases.map(sizeOf)
  let total = 0
  for (const { received } of sizes) total += 1 + varintSize(received) + received
  const buffer = Buffer.allocUnsafe(total)
  let at = 0
  leases.forEach((lease, index) => {
    at = writeReceived(buffer, at, lease, sizes[index]!)
  })
  return buffer
}

interface Sizes {
  readonly seconds: number
  readonly nanos: number
  readonly time: number
  readonly message: number
  readonly received: number
}

function sizeOf({ ackId, attempt, message }: Lease): Sizes {
  const seconds = Math.floor(message.publishTime / 1000)
  const nanos = (message.publishTime % 1000) * 1_000_000
  const time = 1 + varintSize(seconds) + (nanos === 0 ? 0 : 1 + varintSize(nanos))
  // ids are digits and ack ids digits and a dash: one byte a character
  const size = message.body.length + 1 + varintSize(message.id.length) + message.id.length + 2 + time
  const attempts = attempt === 0 ? 0 : 1 + varintSize(attempt)
  const received = 1 + varintSize(ackId.length) + ackId.length + 1 + varintSize(size) + size + attempts
  return { seconds, nanos, time, message: size, received }
}

function writeReceived(
  buffer: Buffer,
  start: number,
  { ackId, attempt, message }: Lease,
  sizes: Sizes,
): number {
  let at = start
  buffer[at++] = RECEIVED_MESSAGES
  at = writeVarint(buffer, at, sizes.received)
  buffer[at++] = ACK_ID
  at = writeVarint(buffer, at, ackId.length)
  at += buffer.write(ackId, at, 'latin1')
  buffer[at++] = MESSAGE
  at = writeVarint(buffer, at, sizes.message)
  at += message.body.copy(buffer, at)
  buffer[at++] = MESSAGE_ID
  at = writeVarint(buffer, at, message.id.length)
  at += buffer.write(message.id, at, 'latin1')
  buffer[at++] = PUBLISH_TIME
  buffer[at++] = sizes.time
  buffer[at++] = SECONDS
  at = writeVarint(buffer, at, sizes.seconds)
  if (sizes.nanos > 0) {
    buffer[at++] = NANOS
    at = writeVarint(buffer, at, sizes.nanos)
  }
  if (attempt > 0) {
    buffer[at++] = DELIVERY_ATTEMPT
    at = writeVarint(buffer, at, attempt)
  }
  return at
}

import type { Lease } from './consumer.ts'
import type { StoredMessage } from './stored-message.ts'
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
 *
 * @param rest the bytes of other fields
 */
export function encodeReceivedMessages(leases: readonly Lease[], rest?: Buffer): Buffer {
  let total = rest?.length ?? 0
  for (const lease of leases) {
    const received = sizeOfReceived(lease)
    total += 1 + varintSize(received) + received
  }
  const buffer = Buffer.allocUnsafe(total)
  let at = 0
  for (const lease of leases) at = writeReceived(buffer, at, lease)
  rest?.copy(buffer, at)
  return buffer
}

const secondsOf = (publishTime: number) => Math.floor(publishTime / 1000)
const nanosOf = (publishTime: number) => (publishTime % 1000) * 1_000_000

function sizeOfTime(publishTime: number): number {
  const nanos = nanosOf(publishTime)
  return 1 + varintSize(secondsOf(publishTime)) + (nanos === 0 ? 0 : 1 + varintSize(nanos))
}

/** Ids are digits and ack ids digits and a dash: one byte a character. */
function sizeOfMessage({ size, id, publishTime }: StoredMessage): number {
  return size + 1 + varintSize(id.length) + id.length + 2 + sizeOfTime(publishTime)
}

function sizeOfReceived({ ackId, attempt, message }: Lease): number {
  const size = sizeOfMessage(message)
  const attempts = attempt === 0 ? 0 : 1 + varintSize(attempt)
  return 1 + varintSize(ackId.length) + ackId.length + 1 + varintSize(size) + size + attempts
}

function writeReceived(buffer: Buffer, start: number, lease: Lease): number {
  const { ackId, attempt, message } = lease
  const { id, publishTime } = message
  let at = start
  buffer[at++] = RECEIVED_MESSAGES
  at = writeVarint(buffer, at, sizeOfReceived(lease))
  buffer[at++] = ACK_ID
  at = writeVarint(buffer, at, ackId.length)
  at += buffer.write(ackId, at, 'latin1')
  buffer[at++] = MESSAGE
  at = writeVarint(buffer, at, sizeOfMessage(message))
  at = message.copyBody(buffer, at)
  buffer[at++] = MESSAGE_ID
  at = writeVarint(buffer, at, id.length)
  at += buffer.write(id, at, 'latin1')
  buffer[at++] = PUBLISH_TIME
  buffer[at++] = sizeOfTime(publishTime)
  buffer[at++] = SECONDS
  at = writeVarint(buffer, at, secondsOf(publishTime))
  const nanos = nanosOf(publishTime)
  if (nanos > 0) {
    buffer[at++] = NANOS
    at = writeVarint(buffer, at, nanos)
  }
  if (attempt > 0) {
    buffer[at++] = DELIVERY_ATTEMPT
    at = writeVarint(buffer, at, attempt)
  }
  return at
}

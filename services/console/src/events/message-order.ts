import type { Message } from '@tablestream/contract'

type Ordered = Pick<Message, 'publishTime' | 'messageId'>

const NUMBER = /^\d{1,19}$/

/**
 * Whether the row of one message gives way to that of another with its key: in the order of `_CHANGE_SEQUENCE_NUMBER`
 * (services/stream-writer/src/row/change-sequence.ts), by milliseconds and then by number.
 */
export function isBefore(one: Ordered, other: Ordered): boolean {
  const [time, otherTime] = [Date.parse(one.publishTime), Date.parse(other.publishTime)]
  if (time !== otherTime) return time < otherTime
  return numberOf(one) < numberOf(other)
}

function numberOf({ messageId }: Ordered): bigint {
  return NUMBER.test(messageId) ? BigInt(messageId) : 0n
}

import { attributeOf, type Message } from '@tablestream/contract'
import type { LeasedMessage } from '../pull/pull-stream.ts'

/** Publishers of ours set it on a message that they publish once more because the first time had no answer. */
const PUBLISHED_AGAIN = 'published-again'
/** Says that a row is wanted whatever there is: for the repair of a table. */
const WRITE_AGAIN = 'write-again'

/**
 * Whether somebody may have written the row of this message before. Pub/Sub tells how often it delivered a message where the
 * subscription has a dead-letter policy; a message that was published twice is new to it, but not to its publisher.
 */
export function mayHaveARow({ deliveryAttempt, message }: LeasedMessage): boolean {
  const isRepeated = deliveryAttempt > 1 || attributeOf(message, PUBLISHED_AGAIN) === 'true'
  return isRepeated && !isWrittenAgain(message)
}

export function isWrittenAgain(message: Message): boolean {
  return attributeOf(message, WRITE_AGAIN) === 'true'
}

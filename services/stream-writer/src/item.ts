import type { Envelope, Message } from '@tablestream/contract'
import { judgeMessage } from './judge-message.ts'
import type { Delivery } from './pull-stream.ts'

/**
 * A message on its way to its end. The event itself is not part of it: it is read again in the rare case that it must be
 * encoded again, so that its many small objects are gone at once.
 */
export interface Item extends Delivery {
  message: Message
  readonly eventId: string
  readonly eventType: string
  readonly table: string
  /** Milliseconds since 1970: when it stops waiting for its table or column. */
  readonly deadline: number
  /** A row of a request was refused: this one goes alone now, to know whether it was the one. */
  alone: boolean
  /** Deliveries of the same event that came while this one was on its way: they share its end. */
  twins: Delivery[] | undefined
}

/** The event of an item, read once more. */
export function envelopeOf({ message }: Item): Envelope {
  const judged = judgeMessage(message)
  if (judged.verdict === 'row') return judged.envelope
  throw new Error(`message ${message.messageId} was an event before, and is none now`)
}

/** Gives the item a message of its own: what waits must not keep the whole response alive that it came in. */
export function standAlone(item: Item): void {
  const { data, attributes, messageId, publishTime } = item.message
  item.message = { data: Buffer.from(data), attributes, messageId, publishTime }
}

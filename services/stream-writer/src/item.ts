import type { Envelope, Message } from '@tablestream/contract'

/** A message on its way to its end. */
export interface Item {
  readonly ackId: string
  readonly message: Message
  readonly deliveryAttempt: number
  readonly envelope: Envelope
  /** Milliseconds since 1970: when it stops waiting for its table or column. */
  readonly deadline: number
  /** A row of a request was refused: this one goes alone now, to know whether it was the one. */
  alone: boolean
}

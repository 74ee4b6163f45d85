import type { GoogleError } from '../../google-error.ts'
import type { StoredMessage } from './stored-message.ts'

/** One delivery of a message that its consumer has not settled yet. */
export interface Lease {
  readonly ackId: string
  readonly message: StoredMessage
  /** delivery_attempt: 1 + nacks + expiries where the subscription has a dead-letter policy, else 0 (not sent). */
  readonly attempt: number
}

/** Something that takes messages: a streaming pull, a waiting pull, a push endpoint. */
export interface Consumer {
  /** Whether it holds one message of an ordering key at a time: cloud.google.com/pubsub/docs/ordering has it so for push. */
  readonly oneOfAKey?: boolean
  /** How many messages it takes now; 0 when it is full. */
  room(): number
  /** How many bytes, where it has a limit: the message that reaches it is still taken. */
  roomBytes?(): number
  /** Told when there is nothing more to come: the subscription was deleted, or delivers in another way now. */
  ended?(why: GoogleError): void
  /** Takes the leases. Bytes of one call stay near 1 MiB. */
  deliver(leases: readonly Lease[]): void
  /** Told when a lease of this consumer ended: acked, nacked or expired. */
  released(bytes: number): void
  /** Seconds for which each delivery is leased. */
  ackDeadlineSeconds(): number
}

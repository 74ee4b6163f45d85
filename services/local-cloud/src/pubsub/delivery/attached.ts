import type { Filter } from '../resources/filter.ts'
import { partsOf } from '../messages/message.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
import type { PushDelivery } from './push-delivery.ts'
import type { Retained } from '../messages/retained.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

/** A subscription with what delivers for it. */
export interface Attached {
  readonly subscription: Subscription
  readonly filter: Filter
  /** Stable over restarts: what the journal calls the subscription. */
  readonly key: number
  /** What it got, acked or not, where it retains acked messages. */
  retained: Retained | undefined
  push: PushDelivery | undefined
  /** To a table or to files. */
  writer: { close(): void } | undefined
}

export function wants({ filter, subscription }: Attached, message: StoredMessage): boolean {
  return subscription.config.filter === '' || filter(partsOf(message).attributes)
}

export function endDelivery({ push, writer }: Attached): void {
  push?.close()
  writer?.close()
}

import type { Filter } from './filter.ts'
import { partsOf, type StoredMessage } from './message.ts'
import type { PushDelivery } from './push-delivery.ts'
import type { Retained } from './retained.ts'
import type { Subscription } from './subscription.ts'
import type { TableDelivery } from './table-delivery.ts'

/** A subscription with what delivers for it. */
export interface Attached {
  readonly subscription: Subscription
  readonly filter: Filter
  /** Stable over restarts: what the journal calls the subscription. */
  readonly key: number
  /** What it got, acked or not, where it retains acked messages. */
  retained: Retained | undefined
  push: PushDelivery | undefined
  toTable: TableDelivery | undefined
}

export function wants({ filter, subscription }: Attached, message: StoredMessage): boolean {
  return subscription.config.filter === '' || filter(partsOf(message).attributes)
}

export function endDelivery({ push, toTable }: Attached): void {
  push?.close()
  toTable?.close()
}

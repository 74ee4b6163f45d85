import type { EventTypeDefinition } from './event-type.ts'
import { auctionSale } from './event-types/auction-sale.ts'
import { cancellation } from './event-types/cancellation.ts'
import { inventory } from './event-types/inventory.ts'
import { order } from './event-types/order.ts'
import { purchase } from './event-types/purchase.ts'
import { userActivity } from './event-types/user-activity.ts'
import { userEvent } from './event-types/user-event.ts'

/** The event types that are known beforehand. A new one is a file in `event-types/` and a line here. */
export const CATALOGUE: readonly EventTypeDefinition[] = [
  order,
  inventory,
  userActivity,
  auctionSale,
  userEvent,
  purchase,
  cancellation,
]

const byType = new Map(CATALOGUE.map((definition) => [definition.type, definition]))

export function knownType(eventType: string): EventTypeDefinition | undefined {
  return byType.get(eventType)
}

import type { SubscriptionConfig } from '../resources/subscription-config.ts'

// StreamingPullResponse: subscription_properties = 4; in it exactly_once_delivery_enabled = 1, message_ordering_enabled = 2
const PROPERTIES = (4 << 3) | 2
const EXACTLY_ONCE = 1 << 3
const ORDERING = 2 << 3

/**
 * The bytes at the end of each StreamingPullResponse that tell what kind of subscription this is; none where it is a plain one. Every
 * response tells it: Go's client takes one that does not for one of a subscription without order (`messageIterator.recvMessages`).
 */
export function propertiesOf({
  enableExactlyOnceDelivery,
  enableMessageOrdering,
}: Pick<SubscriptionConfig, 'enableExactlyOnceDelivery' | 'enableMessageOrdering'>): Buffer {
  const told = [
    ...(enableExactlyOnceDelivery ? [EXACTLY_ONCE, 1] : []),
    ...(enableMessageOrdering ? [ORDERING, 1] : []),
  ]
  return Buffer.from(told.length === 0 ? [] : [PROPERTIES, told.length, ...told])
}

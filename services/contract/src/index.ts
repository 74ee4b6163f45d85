export { CATALOGUE, knownType } from './known-types.ts'
export {
  decodeMessage,
  decodeParsed,
  idOfMessage,
  partitionDay,
  timeFieldsOf,
  type Decoded,
  type Envelope,
  type Message,
} from './decode-message.ts'
export { deduplicatedView, destination, type Destination } from './destination.ts'
export type { EventTypeDefinition } from './event-type.ts'
export { INVENTORY_REASONS, type Inventory } from './event-types/inventory.ts'
export { ORDER_STATUSES, type Order } from './event-types/order.ts'
export { ACTIVITY_TYPES, PLATFORMS, type UserActivity } from './event-types/user-activity.ts'
export { parsePolicies, type EventPolicies, type EventPolicy } from './policy.ts'
export { shorten, type Rejection, type RejectionReason } from './rejection.ts'
export { attributeOf, CALLER_ATTRIBUTE, sourceOf } from './source-of.ts'
export { takeRecord, type TakenRecord } from './take-record.ts'
export { validateEvent, type Problem } from './validate-event.ts'

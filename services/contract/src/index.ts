export { CATALOGUE, knownType, knownTypes } from './known-types.ts'
export { parseContracts } from './parse-contracts.ts'
export { useContracts, type ContractsTold } from './use-contracts.ts'
export { TYPE_FIELD, typeField } from './type-field.ts'
export { useTypeField } from './use-type-field.ts'
export { isRejected, rejectionOf } from './conflict-fate.ts'
export { deadLetterMessages, type DeadLetterMessage } from './dead-letter.ts'
export { decodeMessage } from './decode-message.ts'
export { idOfMessage, partitionDay, timeFieldsOf, type Envelope } from './envelope.ts'
export { judge, judgeParsed, judgeRequest, type Verdict } from './judge.ts'
export { attributeOf, type Message } from './message.ts'
export {
  deduplicatedView,
  keptTableOf,
  rewoundTableOf,
  destination,
  type Destination,
} from './destination.ts'
export type { EventTypeDefinition } from './event-type.ts'
export { INVENTORY_REASONS, type Inventory } from './event-types/inventory.ts'
export { ORDER_STATUSES, type Order } from './event-types/order.ts'
export type { Customer } from './event-types/customer.ts'
export type { Product } from './event-types/product.ts'
export type { Transaction } from './event-types/transaction.ts'
export type { UserEvent } from './event-types/user-event.ts'
export { ACTIVITY_TYPES, PLATFORMS, type UserActivity } from './event-types/user-activity.ts'
export { parsePolicies, type EventPolicies, type EventPolicy } from './policy.ts'
export { shorten, type Rejection, type RejectionReason } from './rejection.ts'
export { askingMessage, requestsOf, type SchemaRequest } from './schema-request.ts'
export { CALLER_ATTRIBUTE, sourceOf, turnOf } from './source-of.ts'
export { takeRecord, type TakenRecord } from './take-record.ts'
export { ROW_BYTES, tooLarge, unmappedText, type LeftOut } from './unmapped.ts'
export type { Problem } from './problem.ts'
export { validateEvent } from './validate-event.ts'

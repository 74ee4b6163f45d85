export { CATALOGUE, knownType, knownTypes } from './known/known-types.ts'
export { parseContracts } from './contracts/parse-contracts.ts'
export { useContracts, type ContractsTold } from './contracts/use-contracts.ts'
export { TYPE_FIELD, typeField } from './known/type-field.ts'
export { useTypeField } from './contracts/use-type-field.ts'
export { isRejected, rejectionOf } from './conflict-fate.ts'
export { deadLetterMessages, type DeadLetterMessage } from './messages/dead-letter.ts'
export { decodeMessage } from './judge/decode-message.ts'
export { idOfMessage, partitionDay, timeFieldsOf, type Envelope } from './judge/envelope.ts'
export { judge, judgeParsed, judgeRequest, type Verdict } from './judge/judge.ts'
export { attributeOf, type Message } from './messages/message.ts'
export {
  deduplicatedView,
  keptTableOf,
  rewoundTableOf,
  destination,
  type Destination,
} from './known/destination.ts'
export type { EventTypeDefinition } from './event-types/event-type.ts'
export { INVENTORY_REASONS, type Inventory } from './event-types/inventory.ts'
export { ORDER_STATUSES, type Order } from './event-types/order.ts'
export type { Customer } from './event-types/customer.ts'
export type { Product } from './event-types/product.ts'
export type { Transaction } from './event-types/transaction.ts'
export type { UserEvent } from './event-types/user-event.ts'
export { ACTIVITY_TYPES, PLATFORMS, type UserActivity } from './event-types/user-activity.ts'
export { parsePolicies, type EventPolicies, type EventPolicy } from './policy.ts'
export { shorten, type Rejection, type RejectionReason } from './messages/rejection.ts'
export {
  askingMessage,
  hasEndlessKey,
  requestsOf,
  tableAskedFor,
  type SchemaRequest,
} from './messages/schema-request.ts'
export { CALLER_ATTRIBUTE, sourceOf, turnOf } from './messages/source-of.ts'
export { takeRecord, type TakenRecord } from './judge/take-record.ts'
export { ROW_BYTES, tooLarge, unmappedText, type LeftOut } from './messages/unmapped.ts'
export type { Problem } from './judge/problem.ts'
export { validateEvent } from './judge/validate-event.ts'

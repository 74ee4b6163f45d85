import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

/** Money that a customer paid for an order. */
const Transaction = Type.Object({
  event_type: Type.Literal('transaction'),
  event_id: Id,
  transaction_id: Id,
  order_id: Id,
  customer_id: Id,
  amount: Type.Number(),
  currency: Id,
  payment_method: Id,
  pieces: Type.Optional(Type.Integer({ minimum: 1 })),
  transaction_timestamp: Timestamp,
  event_date: Type.Optional(CalendarDay),
})
export type Transaction = Type.Static<typeof Transaction>

export const transaction: EventTypeDefinition = {
  type: 'transaction',
  table: 'transactions',
  schema: Transaction,
  timeField: 'transaction_timestamp',
  clusterBy: ['customer_id', 'order_id'],
}

import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, oneOf, Timestamp } from './fields.ts'

export const ORDER_STATUSES = ['pending', 'processing', 'shipped', 'delivered'] as const

const Item = Type.Object({
  product_id: Id,
  product_name: Type.String(),
  quantity: Type.Integer(),
  price: Type.Number(),
  category: Type.Optional(Type.String()),
})

const Address = Type.Object({
  street: Type.String(),
  city: Type.String(),
  country: Type.String(),
  postal_code: Type.Optional(Type.String()),
})

export const Order = Type.Object({
  event_type: Type.Literal('order'),
  order_id: Id,
  customer_id: Id,
  order_date: Timestamp,
  status: oneOf(ORDER_STATUSES),
  /** When the order got this status. */
  updated_at: Type.Optional(Timestamp),
  items: Type.Array(Item, { minItems: 1 }),
  total_amount: Type.Number(),
  shipping_address: Type.Optional(Address),
  currency: Type.Optional(Type.String()),
  payment_method: Type.Optional(Type.String()),
  event_date: Type.Optional(CalendarDay),
})
export type Order = Type.Static<typeof Order>

export const order: EventTypeDefinition = {
  type: 'order',
  table: 'orders',
  schema: Order,
  timeField: 'order_date',
  clusterBy: ['customer_id', 'status'],
}

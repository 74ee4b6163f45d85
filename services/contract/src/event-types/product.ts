import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

/** What the shop sells, as its files have it: each change of a product is an event of its own, with the time of the change. */
const Product = Type.Object({
  event_type: Type.Literal('product'),
  event_id: Id,
  product_id: Id,
  product_name: Id,
  category: Id,
  price: Type.Number({ minimum: 0 }),
  currency: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  updated_at: Timestamp,
  event_date: Type.Optional(CalendarDay),
})
export type Product = Type.Static<typeof Product>

export const product: EventTypeDefinition = {
  type: 'product',
  table: 'products',
  schema: Product,
  timeField: 'updated_at',
  clusterBy: ['product_id', 'category'],
}

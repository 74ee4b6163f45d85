import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

/** A customer as the shop's files have them: each change of one is an event of its own, with the time of the change. */
const Customer = Type.Object({
  event_type: Type.Literal('customer'),
  event_id: Id,
  customer_id: Id,
  name: Type.String({ minLength: 1 }),
  email: Type.Optional(Type.String()),
  street: Type.Optional(Type.String()),
  city: Type.Optional(Type.String()),
  country: Id,
  postal_code: Type.Optional(Type.String()),
  language: Type.Optional(Type.String()),
  signed_up_at: Timestamp,
  updated_at: Timestamp,
  event_date: Type.Optional(CalendarDay),
})
export type Customer = Type.Static<typeof Customer>

export const customer: EventTypeDefinition = {
  type: 'customer',
  table: 'customers',
  schema: Customer,
  timeField: 'updated_at',
  clusterBy: ['customer_id', 'country'],
}

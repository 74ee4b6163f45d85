import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'
import { Vehicle } from './purchase.ts'

/** A partner's sale that is taken back: the purchase and the reason are required, what else it repeats of the purchase is not. */
const Cancellation = Type.Object({
  event_type: Type.Literal('cancellation'),
  event_id: Id,
  partner_id: Id,
  customer_id: Id,
  purchase_id: Id,
  reason: Id,
  event_timestamp: Timestamp,
  vehicle: Type.Optional(Vehicle),
  dealer_id: Type.Optional(Type.String()),
  price: Type.Optional(Type.Number()),
  currency: Type.Optional(Type.String()),
  event_date: Type.Optional(CalendarDay),
})

export const cancellation: EventTypeDefinition = {
  type: 'cancellation',
  table: 'staging_cancellation',
  schema: Cancellation,
  timeField: 'event_timestamp',
  clusterBy: ['partner_id', 'purchase_id'],
}

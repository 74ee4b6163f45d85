import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

export const Vehicle = Type.Object({
  vin: Id,
  make: Type.String(),
  model: Type.String(),
  year: Type.Integer(),
})

/** A car that a partner sold. */
const Purchase = Type.Object({
  event_type: Type.Literal('purchase'),
  event_id: Id,
  partner_id: Id,
  customer_id: Id,
  vehicle: Vehicle,
  dealer_id: Id,
  price: Type.Number(),
  currency: Id,
  event_timestamp: Timestamp,
  event_date: Type.Optional(CalendarDay),
})

export const purchase: EventTypeDefinition = {
  type: 'purchase',
  table: 'staging_purchase',
  schema: Purchase,
  timeField: 'event_timestamp',
  clusterBy: ['partner_id', 'dealer_id'],
}

import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

/** A step of a customer. What it was (`click`, `view`, …) its records call `event_type`, too: that is `user_event_type` here. */
const UserEvent = Type.Object({
  event_type: Type.Literal('user_event'),
  event_id: Id,
  customer_id: Id,
  user_event_type: Id,
  event_timestamp: Timestamp,
  product_id: Type.Optional(Type.String()),
  session_id: Type.Optional(Type.String()),
  page_url: Type.Optional(Type.String()),
  user_agent: Type.Optional(Type.String()),
  event_date: Type.Optional(CalendarDay),
})
export type UserEvent = Type.Static<typeof UserEvent>

export const userEvent: EventTypeDefinition = {
  type: 'user_event',
  table: 'user_events_streaming',
  schema: UserEvent,
  timeField: 'event_timestamp',
  clusterBy: ['customer_id', 'user_event_type'],
  recordType: 'user_event_type',
}

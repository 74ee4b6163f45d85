import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, oneOf, Timestamp } from './fields.ts'

export const ACTIVITY_TYPES = [
  'login',
  'logout',
  'page_view',
  'product_page',
  'view_product',
  'add_to_cart',
  'remove_from_cart',
] as const
export const PLATFORMS = ['web', 'mobile', 'tablet'] as const

const Metadata = Type.Object({
  session_id: Type.Optional(Type.String()),
  platform: Type.Optional(oneOf(PLATFORMS)),
  app_version: Type.Optional(Type.String()),
  language: Type.Optional(Type.String()),
})

export const UserActivity = Type.Object({
  event_type: Type.Literal('user_activity'),
  user_id: Id,
  activity_type: oneOf(ACTIVITY_TYPES),
  timestamp: Timestamp,
  session_id: Type.Optional(Type.String()),
  page_url: Type.Optional(Type.String()),
  page_title: Type.Optional(Type.String()),
  ip_address: Type.Optional(Type.String()),
  user_agent: Type.Optional(Type.String()),
  device_type: Type.Optional(Type.String()),
  browser: Type.Optional(Type.String()),
  country: Type.Optional(Type.String()),
  event_date: Type.Optional(CalendarDay),
  metadata: Type.Optional(Metadata),
})
export type UserActivity = Type.Static<typeof UserActivity>

export const userActivity: EventTypeDefinition = {
  type: 'user_activity',
  table: 'user_activity',
  schema: UserActivity,
  timeField: 'timestamp',
  clusterBy: ['user_id', 'activity_type'],
}

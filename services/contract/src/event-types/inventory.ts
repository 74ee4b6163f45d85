import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, oneOf, Timestamp } from './fields.ts'

export const INVENTORY_REASONS = ['restock', 'sale', 'return', 'damage'] as const

export const Inventory = Type.Object({
  event_type: Type.Literal('inventory'),
  inventory_id: Id,
  product_id: Id,
  warehouse_id: Id,
  quantity_change: Type.Integer({ minimum: -100, maximum: 100 }),
  reason: oneOf(INVENTORY_REASONS),
  timestamp: Timestamp,
  quantity_before: Type.Optional(Type.Integer()),
  quantity_after: Type.Optional(Type.Integer()),
  reason_details: Type.Optional(Type.String()),
  adjusted_by_user: Type.Optional(Type.String()),
  event_date: Type.Optional(CalendarDay),
})
export type Inventory = Type.Static<typeof Inventory>

export const inventory: EventTypeDefinition = {
  type: 'inventory',
  table: 'inventory',
  schema: Inventory,
  timeField: 'timestamp',
  clusterBy: ['product_id', 'warehouse_id'],
}

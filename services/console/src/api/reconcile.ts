import Type, { type Static } from 'typebox'
import { Figures } from './flow.ts'

const More = { extra_rows: Type.Integer(), collisions: Type.Integer() }

export const Reconcile = Type.Object({
  since: Type.String(),
  at: Type.String(),
  accounts: Type.Array(
    Type.Object({
      event_type: Type.String(),
      table: Type.String(),
      ...Figures.properties,
      landed_by_id: Type.Integer(),
      ...More,
    }),
  ),
  total: Type.Object({ ...Figures.properties, ...More }),
  missing: Type.Array(
    Type.Object({
      event_type: Type.String(),
      event_id: Type.String(),
      source: Type.String(),
      messages: Type.Integer(),
      message_id: Type.String(),
      publish_time: Type.String(),
    }),
  ),
  collisions: Type.Array(
    Type.Object({
      event_type: Type.String(),
      event_id: Type.String(),
      source: Type.String(),
      contents: Type.Integer(),
      messages: Type.Integer(),
      message_ids: Type.Array(Type.String()),
    }),
  ),
  uncompared: Type.Array(Type.Object({ messages: Type.Integer(), why: Type.String() })),
  bytes_read: Type.Integer(),
})
export type Reconcile = Static<typeof Reconcile>

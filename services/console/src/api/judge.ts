import Type, { type Static } from 'typebox'
import { PlanShape, Problem } from './event.ts'
import { Place } from './letters.ts'

export const Judged = Type.Object({
  outcome: Type.Enum(['event', 'rejected']),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  event_type: Type.String(),
  event_id: Type.Optional(Type.String()),
  table: Type.Optional(Type.String()),
  partition: Type.Optional(Type.String()),
  contract: Type.Optional(Type.String()),
  problems: Type.Array(Problem),
  places: Type.Array(Place),
  plan: Type.Optional(PlanShape),
})
export type Judged = Static<typeof Judged>

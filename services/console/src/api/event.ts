import Type, { type Static } from 'typebox'
import { DeadLetter } from './letters.ts'
import { Field, RowShape } from './result.ts'

export const Problem = Type.Object({
  path: Type.String({ description: 'JSON pointer; empty: the event as a whole' }),
  rule: Type.String(),
  message: Type.String(),
  value: Type.String({ description: 'JSON text, shortened; empty where nothing stands there' }),
})

export const ValueEnd = Type.Object({
  path: Type.String({ description: 'JSON pointer' }),
  value: Type.String({ description: 'JSON text, shortened' }),
  end: Type.Enum(['column', 'unmapped', 'empty', 'envelope', 'nowhere']),
  column: Type.Optional(Type.String({ description: 'Names joined by dots' })),
  column_type: Type.Optional(Type.String()),
  stored: Type.Optional(Type.String({ description: 'What the row holds there, as JSON text' })),
  changed: Type.Optional(Type.Boolean({ description: 'It is written otherwise than it was sent' })),
})

const MESSAGE_ENDS = [
  'landed',
  'duplicate',
  'replaced',
  'dead_letter',
  'underway',
  'waiting',
  'missing',
] as const

export const EventMessage = Type.Object({
  message_id: Type.String(),
  publish_time: Type.String(),
  event_type: Type.String(),
  event_id: Type.String(),
  source: Type.String(),
  by: Type.String({ description: 'The caller of event-gateway, else ce-source' }),
  door: Type.Enum(['event-gateway', 'event-generator', 'replay', 'publisher']),
  attributes: Type.Record(Type.String(), Type.String()),
  bytes: Type.Integer(),
  text: Type.String({ description: 'At most 100,000 characters' }),
  is_cut: Type.Boolean(),
  end: Type.Enum([...MESSAGE_ENDS], {
    description:
      'waiting: no end two minutes after it was published, and the figures tell that messages of its table wait; missing: they tell of none',
  }),
  why: Type.Optional(Type.String({ description: 'What the figures tell of a message that waits' })),
})

export const PlanShape = Type.Object({
  action: Type.Enum(['fits', 'create', 'alter']),
  added: Type.Array(Type.String()),
  widened: Type.Array(Type.Object({ path: Type.String(), from_type: Type.String(), to_type: Type.String() })),
  relaxed: Type.Array(Type.String()),
  conflicts: Type.Array(Type.Object({ path: Type.String(), reason: Type.String(), value: Type.String() })),
})

export const EventStory = Type.Object({
  event_type: Type.String(),
  event_id: Type.String(),
  source: Type.String(),
  messages: Type.Array(EventMessage, {
    description: 'Oldest first, a hundred at most; none where its row is all that is left of it',
  }),
  judged: Type.Object({
    outcome: Type.Enum(['event', 'rejected']),
    reason: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
    problems: Type.Array(Problem),
    contract: Type.Optional(
      Type.String({ description: 'The type whose contract was asked; absent: it has none' }),
    ),
  }),
  destination: Type.Optional(
    Type.Object({
      table: Type.String(),
      partition: Type.String(),
      cluster_by: Type.Array(Type.String()),
    }),
  ),
  plan: Type.Optional(PlanShape),
  waited_for: Type.Array(
    Type.Object({
      changed_at: Type.String(),
      change: Type.String(),
      columns: Type.Array(Type.String()),
      asked_by_it: Type.Boolean(),
      seconds_after_publish: Type.Number(),
    }),
  ),
  rows: Type.Array(
    Type.Object({
      table: Type.String(),
      partition: Type.String(),
      processed_timestamp: Type.String(),
      seconds: Type.Union([Type.Number(), Type.Null()]),
      columns: Type.Array(Field),
      row: RowShape,
    }),
  ),
  values: Type.Array(ValueEnd),
  dead_letter: Type.Optional(DeadLetter),
  sql: Type.Optional(Type.String()),
})

export const EventAnswer = Type.Object({
  found_by: Type.Enum(['message_id', 'event_id', 'bytes']),
  events: Type.Array(EventStory),
  looked_from: Type.String({
    description: 'Other messages of the event were looked for from then, RFC 3339,',
  }),
  looked_until: Type.String({ description: 'until then: `within` says how far around' }),
  milliseconds: Type.Number(),
  bytes_read: Type.Integer({ description: 'What BigQuery read for it' }),
  is_cut: Type.Optional(
    Type.Boolean({ description: 'True: there is more than is told here, which did not go into 100 MB' }),
  ),
})
export type EventAnswer = Static<typeof EventAnswer>
export type EventStory = Static<typeof EventStory>
export type EventMessage = Static<typeof EventMessage>
export type ValueEnd = Static<typeof ValueEnd>
export type PlanShape = Static<typeof PlanShape>
export type Problem = Static<typeof Problem>

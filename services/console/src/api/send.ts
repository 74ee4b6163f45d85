import Type, { type Static } from 'typebox'

const Any = (description: string) => Type.Unsafe<unknown>({ description })

export const Types = Type.Object({
  type_field: Type.String({ description: 'The field of an event that names its type' }),
  types: Type.Array(
    Type.Object({
      event_type: Type.String(),
      table: Type.String(),
      schema: Any('JSON Schema of the event'),
      example: Any('An event that passes, unless a field has a pattern or a format of its own'),
    }),
  ),
})

export const Sent = Type.Object({
  status: Type.Integer({ description: 'Of event-gateway' }),
  answer: Any('What event-gateway answered'),
})

const Counts = Type.Record(Type.String(), Type.Integer())

/** As event-generator tells it. */
export const Task = Type.Object({
  task_id: Type.String(),
  scenario: Type.Optional(Type.String()),
  state: Type.Enum(['running', 'finished', 'stopped']),
  started_at: Type.String(),
  elapsed_seconds: Type.Number(),
  duration_seconds: Type.Number(),
  asked_events_per_second: Type.Number(),
  kept_events_per_second: Type.Number(),
  events_in_all: Type.Integer(),
  events_behind: Type.Integer(),
  published: Type.Integer(),
  failed: Type.Integer(),
  published_by_type: Counts,
  published_by_trouble: Counts,
  problem: Type.Optional(Type.String()),
})

const Scenario = Type.Object({
  name: Type.String(),
  description: Type.String(),
  duration_seconds: Type.Number(),
  events: Type.Integer(),
  phases: Type.Array(Type.Object({ seconds: Type.Number(), events_per_second: Type.Number() })),
  event_types: Type.Array(Type.String()),
  trouble: Type.Record(Type.String(), Type.Number()),
})

export const Generator = Type.Object({
  tasks: Type.Array(Task),
  scenarios: Type.Array(Scenario),
  event_types: Type.Array(Type.String()),
  troubles: Type.Record(Type.String(), Type.String(), { description: 'What each trouble is' }),
})

export const Faults = Type.Object({
  plan: Type.Object({
    seed: Type.Optional(Type.Integer()),
    rules: Type.Array(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
  }),
  injected: Type.Record(Type.String(), Type.Integer(), { description: 'How often each happened' }),
  points: Type.Record(Type.String(), Type.Array(Type.String()), { description: 'What can happen where' }),
})
export type Types = Static<typeof Types>
export type Sent = Static<typeof Sent>
export type Task = Static<typeof Task>
export type Generator = Static<typeof Generator>
export type Faults = Static<typeof Faults>

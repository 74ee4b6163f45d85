import Type, { type Static } from 'typebox'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const DeadLetter = Type.Object({
  dead_letter_id: Type.String(),
  at: Type.String({ description: 'When it became one, RFC 3339' }),
  reason: Type.String(),
  path: Type.String(),
  value: Type.String(),
  message: Type.String(),
  event_type: Type.String(),
  table: Type.String(),
  message_id: Type.String({
    description: 'Of the original; empty where Pub/Sub itself made it a dead letter',
  }),
  publish_time: orNull(Type.String()),
  attempt: orNull(Type.Integer()),
  parts: Type.Integer(),
  replayed_at: orNull(Type.String()),
  bytes: Type.Integer(),
})

export const LetterFilters = Type.Object({
  reason: Type.Optional(Type.Array(Type.String())),
  type: Type.Optional(Type.Array(Type.String())),
  path: Type.Optional(Type.Array(Type.String())),
  since: Type.Optional(Type.String({ description: 'RFC 3339: when it became a dead letter' })),
  until: Type.Optional(Type.String()),
  replayed: Type.Optional(Type.Boolean({ description: 'True: those that were replayed, too' })),
})

export const DeadLetters = Type.Object({
  letters: Type.Array(DeadLetter),
  next: Type.Optional(Type.String({ description: 'Give it as `before`: the next page' })),
  total: Type.Integer(),
  replayed: Type.Integer(),
  groups: Type.Array(
    Type.Object({
      reason: Type.String(),
      path: Type.String(),
      event_type: Type.String(),
      letters: Type.Integer(),
      replayed: Type.Integer(),
      last_at: Type.String(),
      curve: Type.Array(Type.Integer()),
    }),
  ),
  curve_times: Type.Array(Type.Number({ description: 'Seconds since 1970: where each step begins' })),
})

/** A place in the bytes of an event. */
export const Place = Type.Object({
  path: Type.String(),
  rule: Type.String(),
  message: Type.String(),
  missing: Type.Boolean({ description: 'Nothing stands there: the place is that of the object around it' }),
  start: Type.Integer({ description: 'In bytes' }),
  end: Type.Integer(),
  text_start: Type.Integer({ description: 'In units of UTF-16, of `text`' }),
  text_end: Type.Integer(),
})

export const DeadLetterDetail = Type.Object({
  ...DeadLetter.properties,
  attributes: Type.Record(Type.String(), Type.String(), { description: 'The original ones' }),
  data: Type.String({ description: 'The original bytes in base64, 1 MiB at most' }),
  text: Type.String({ description: 'The same as text' }),
  is_cut: Type.Boolean(),
  places: Type.Array(Place),
  replays: Type.Array(Type.Object({ replayed_at: Type.String(), message_id: Type.String() })),
})
export type DeadLetter = Static<typeof DeadLetter>
export type DeadLetters = Static<typeof DeadLetters>
export type DeadLetterDetail = Static<typeof DeadLetterDetail>
export type LetterFilters = Static<typeof LetterFilters>
export type Place = Static<typeof Place>

import Type, { type Static } from 'typebox'
import { DeadLetter, LetterFilters } from './letters.ts'

export const ReplayRequest = Type.Object(
  {
    filters: Type.Optional(LetterFilters),
    ids: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        maxItems: 10_000,
        description: 'Of dead letters: only these',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
    id: Type.Optional(Type.String({ description: 'Of one dead letter, with `text`' })),
    text: Type.Optional(
      Type.String({ description: 'The mended event: its bytes take the place of the original ones' }),
    ),
    undo_seconds: Type.Integer({ default: 5, minimum: 0, maximum: 60 }),
  },
  { additionalProperties: false },
)

export const ReplayPreview = Type.Object({
  letters: Type.Integer(),
  groups: Type.Array(
    Type.Object({ reason: Type.String(), event_type: Type.String(), letters: Type.Integer() }),
  ),
  examples: Type.Array(DeadLetter),
})

export const Replay = Type.Object({
  replay_id: Type.String(),
  state: Type.Enum(['waiting', 'running', 'done', 'cancelled', 'failed']),
  starts_at: Type.String({ description: 'Until then DELETE undoes it' }),
  letters: Type.Integer(),
  replayed: Type.Integer(),
  failed: Type.Array(Type.Object({ dead_letter_id: Type.String(), message: Type.String() })),
  message_id: Type.Optional(Type.String({ description: 'Of the message of a mended one' })),
  problem: Type.Optional(Type.String()),
})
export type ReplayRequest = Static<typeof ReplayRequest>
export type ReplayPreview = Static<typeof ReplayPreview>
export type Replay = Static<typeof Replay>

import Type, { type Static } from 'typebox'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Rate = orNull(Type.Number({ description: 'A second' }))
const Curve = Type.Array(Rate)

/** Where the messages of a type ended; `published` is the sum of the others. */
export const Figures = Type.Object({
  published: Type.Integer(),
  landed: Type.Integer(),
  duplicates: Type.Integer(),
  replaced: Type.Integer(),
  dead_letters: Type.Integer(),
  missing: Type.Integer({ description: 'Without an end: on their way, or lost' }),
})

export const Flow = Type.Object({
  at: Type.String({ description: 'When the services were asked, RFC 3339' }),
  figures: Type.Enum(['metrics', 'monitoring'], {
    description:
      'Where the figures are from: /metrics of the writers, or Cloud Monitoring, which tells each minute some minutes later what Pub/Sub counted',
  }),
  now: Type.Object(
    {
      received_total: Type.Integer(),
      landed_total: Type.Integer(),
      duplicates_total: Type.Integer(),
      dead_letters_total: Type.Integer(),
      given_back_total: Type.Integer(),
      held: Type.Integer({ description: 'Messages that the writers hold' }),
      waiting: Type.Integer({ description: 'Events that wait for a table or a column' }),
      received_rate: Rate,
      landed_rate: Rate,
      dead_letters_rate: Rate,
    },
    {
      description:
        'From /metrics of the writers: sums since they started, rates over the last 10 s. From Cloud Monitoring: sums of the last hour (landed and duplicates by the ledger), and held is what is not acknowledged',
    },
  ),
  tables: Type.Array(
    Type.Object({
      table: Type.String(),
      event_type: Type.Optional(Type.String()),
      landed_total: Type.Integer(),
      duplicates_total: Type.Integer(),
      dead_letters_total: Type.Integer(),
      waiting: Type.Integer(),
      landed_rate: Rate,
      p50_seconds: orNull(Type.Number()),
      p99_seconds: orNull(
        Type.Number({
          description: 'From publish to landed, of the oldest event of each append, over 5 minutes',
        }),
      ),
    }),
  ),
  stuck: Type.Array(
    Type.Object({
      table: Type.String(),
      waiting: Type.Integer(),
      since: Type.String({ description: 'Since then events wait there, and nothing landed' }),
    }),
  ),
  services: Type.Array(
    Type.Object({ name: Type.String(), ok: Type.Boolean(), problem: Type.Optional(Type.String()) }),
  ),
  ledger: Type.Optional(
    Type.Object({
      ledger_at: Type.String(),
      since: Type.String(),
      types: Type.Array(
        Type.Object({ event_type: Type.String(), table: Type.String(), ...Figures.properties }),
      ),
      total: Figures,
    }),
  ),
  ledger_problem: Type.Optional(Type.String({ description: 'Why there is no newer ledger' })),
  curves: Type.Object(
    {
      times: Type.Array(Type.Number({ description: 'Seconds since 1970' })),
      received: Curve,
      acknowledged: Type.Optional(
        Type.Array(Rate, {
          description: 'By stream-writer, whatever their end: from Cloud Monitoring alone',
        }),
      ),
      landed: Curve,
      duplicates: Curve,
      dead_letters: Curve,
      waiting: Type.Array(orNull(Type.Number())),
      landed_by_table: Type.Record(Type.String(), Curve),
      p50_by_table: Type.Record(Type.String(), Curve),
      p99_by_table: Type.Record(Type.String(), Curve, {
        description:
          'Seconds from publish to landed, of the oldest event of each append, over the minute before',
      }),
    },
    { description: 'The last hour, oldest first, as far as this console saw it' },
  ),
  marks: Type.Array(
    Type.Object({
      at: Type.String(),
      table: Type.String(),
      change: Type.String(),
      text: Type.String(),
    }),
  ),
})
export type Flow = Static<typeof Flow>
export type Figures = Static<typeof Figures>

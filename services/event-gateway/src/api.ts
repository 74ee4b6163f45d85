import { knownTypes, typeField } from '@tablestream/contract'
import Type from 'typebox'
import { CONTENT_TYPES } from './judge/judge-body.ts'

// what the API's description says of requests and answers

const FIELDS = { url: '/home', ms: 12.5, user: { id: 7, tags: ['a', 'b'] } }
const CLOUD_EVENT = {
  specversion: '1.0',
  id: 'view-1',
  source: '/shop',
  type: 'page_view',
  data: { url: '/home', ms: 12.5 },
}
/** What a page that shows the API sends when somebody clicks: it is taken as it stands. */
export function examples(): Readonly<Record<string, unknown>> {
  const pageView = { [typeField()]: 'page_view', ...FIELDS }
  return {
    'application/json': pageView,
    'application/x-ndjson': `${JSON.stringify(pageView)}\n`,
    'application/cloudevents+json': CLOUD_EVENT,
    'application/cloudevents-batch+json': [CLOUD_EVENT],
  }
}
export function contents(): Readonly<Record<string, object>> {
  const given = examples()
  return Object.fromEntries(
    CONTENT_TYPES.map((type) => [type, { schema: Type.Unknown({ examples: [given[type]] }) }]),
  )
}
/** Whatever a request comes to that no event of it is the reason for. */
const refusal = (description: string) =>
  Type.Object(
    { statusCode: Type.Integer(), code: Type.String(), message: Type.String() },
    { additionalProperties: true, description },
  )
export const REFUSALS = {
  401: refusal('No key that is known, and no identity token that is taken'),
  403: refusal('The owner of the identity token may not publish here'),
  413: refusal('The body is larger than MAX_BODY_BYTES'),
  415: refusal('A Content-Type or Content-Encoding that is not known; the message lists those that are'),
  429: refusal('More than the caller’s limits allow; Retry-After says how long to wait'),
}
export const Query = Type.Object({
  partial: Type.Optional(
    Type.Boolean({
      description: 'Take the good events of a request even if others are bad; else it is all or none',
    }),
  ),
})
const PLACED = {
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  event_id: Type.String(),
  event_type: Type.String(),
}
const Taken = Type.Object({ ...PLACED, message_id: Type.String() })
const Untaken = Type.Object(PLACED)
const Refused = Type.Object({
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  problems: Type.Array(
    Type.Object({
      path: Type.String({ description: 'JSON pointer into the event' }),
      rule: Type.String(),
      message: Type.String(),
      value: Type.Optional(Type.String({ description: 'What stands there, as it was written' })),
    }),
  ),
})
const Rejected = Type.Array(Refused, { description: 'The first 100 bad events' })
const RejectedCount = Type.Integer({ description: 'Bad events, of those that were looked at' })
export const Answer = Type.Object({
  taken: Type.Integer(),
  events: Type.Array(Taken),
  rejected_count: RejectedCount,
  rejected: Rejected,
})
export const NotAll = Type.Object(
  {
    statusCode: Type.Integer(),
    code: Type.String(),
    message: Type.String(),
    taken: Type.Optional(Type.Integer({ description: 'Events that Pub/Sub has; absent: none' })),
    events: Type.Optional(Type.Array(Taken, { description: 'Those that Pub/Sub has' })),
    not_taken: Type.Optional(
      Type.Array(Untaken, {
        description:
          'Good events of which Pub/Sub did not say that it has them. Send these again, as they were; with an Idempotency-Key, the same one and partial=true',
      }),
    ),
    rejected_count: Type.Optional(RejectedCount),
    rejected: Type.Optional(Rejected),
  },
  { description: 'Not all of the events were taken: none, but for those that `events` names' },
)
export const Headers = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'Becomes event_id; of several events each has a hash of its bytes behind it: key/9f86d081…',
    }),
  ),
})
/** The door of a type is for every type; those that it names have a contract. */
export const parameters = () =>
  Type.Object({
    type: Type.String({
      minLength: 1,
      description: `Event type; with a contract: ${knownTypes()
        .map(({ type }) => type)
        .join(', ')}`,
      examples: ['page_view'],
    }),
  })

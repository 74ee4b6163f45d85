import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Publisher } from '@tablestream/service-kit'
import { toJsonText, type JsonValue } from '@tablestream/table-schema'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { readBody } from './read-body.ts'
import { judgeBody, KNOWN_TYPES, type JudgedEvent, type Rejected } from './take-events.ts'

export interface RouteOptions {
  readonly publisher: Publisher
  readonly maxBodyBytes: number
  readonly now: () => Date
  readonly taken: (events: readonly JudgedEvent[]) => void
  readonly refused: (events: readonly Rejected[]) => void
}

const PublishFailed = createError<[string, { cause: Error }]>(
  'PUBLISH_FAILED',
  'Pub/Sub did not take all events; send them again, with the same ids or the same Idempotency-Key: %s',
  503,
)
const Empty = createError('NO_EVENTS', 'the body holds no event', 400)

const CONTENT_TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
]

const Query = Type.Object({
  partial: Type.Optional(
    Type.Boolean({
      description: 'Take the good events of a request even if others are bad; else it is all or none',
    }),
  ),
})
const Taken = Type.Object({
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  message_id: Type.String(),
  event_id: Type.String(),
  event_type: Type.String(),
})
const Refused = Type.Object({
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  problems: Type.Array(
    Type.Object({
      path: Type.String({ description: 'JSON pointer into the event' }),
      rule: Type.String(),
      message: Type.String(),
      value: Type.Optional(Type.String({ description: 'What stands there, as JSON text' })),
    }),
  ),
})
const Answer = Type.Object({
  taken: Type.Integer(),
  events: Type.Array(Taken),
  rejected: Type.Array(Refused),
})
const BadEvents = Type.Object(
  {
    statusCode: Type.Integer(),
    code: Type.String(),
    message: Type.String(),
    taken: Type.Optional(Type.Integer()),
    rejected: Type.Optional(Type.Array(Refused)),
  },
  { description: 'None of the events was taken' },
)
const Headers = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'Becomes event_id; with several events, the place of each behind it: key/0' }),
  ),
})
const LONGEST_VALUE = 200

/** `POST /events` takes events of any type, `POST /events/:type` of one. */
export const routes: FastifyPluginCallbackTypebox<RouteOptions> = (app, options, done) => {
  const { publisher, maxBodyBytes, now } = options
  // what a body is, its Content-Type tells: bodies are read here
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))

  const body = {
    content: Object.fromEntries(CONTENT_TYPES.map((type) => [type, { schema: Type.Unknown() }])),
  }
  const response = { 200: Answer, 400: BadEvents }
  app.post(
    '/events',
    { schema: { summary: 'Takes events of any type', querystring: Query, headers: Headers, body, response } },
    (request, reply) => take(request, reply, undefined),
  )
  const params = Type.Object({
    type: Type.String({
      minLength: 1,
      description: `Event type; with a contract: ${KNOWN_TYPES.join(', ')}`,
    }),
  })
  app.post(
    '/events/:type',
    {
      schema: {
        summary: 'Takes events of one type, which they then need not name',
        params,
        querystring: Query,
        headers: Headers,
        body,
        response,
      },
    },
    (request, reply) => take(request, reply, request.params.type),
  )
  done()

  async function take(request: FastifyRequest, reply: FastifyReply, type: string | undefined) {
    const { headers } = request
    const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const encoding = headers['content-encoding']
    const bytes = encoding === undefined ? sent : await readBody(sent, encoding, maxBodyBytes)
    const { events, rejected } = judgeBody(headers, bytes, type, now())
    if (events.length === 0 && rejected.length === 0) throw new Empty()
    if (rejected.length > 0) options.refused(rejected)
    const isPartial = (request.query as { partial?: boolean }).partial === true
    if (events.length === 0 || (rejected.length > 0 && !isPartial)) {
      const message =
        `${rejected.length} of ${events.length + rejected.length} events are bad; none was taken` +
        (events.length > 0 ? ' (?partial=true takes the good ones)' : '')
      return reply
        .code(400)
        .send({ statusCode: 400, code: 'BAD_EVENTS', message, taken: 0, rejected: rejected.map(shown) })
    }
    let ids: string[]
    try {
      ids = await publisher.publish(events.map(({ message }) => message))
    } catch (error) {
      void reply.header('retry-after', '1')
      throw new PublishFailed((error as Error).message, { cause: error as Error })
    }
    options.taken(events)
    return {
      taken: ids.length,
      events: events.map(({ index, eventId, eventType }, place) => ({
        index,
        message_id: ids[place]!,
        event_id: eventId,
        event_type: eventType,
      })),
      rejected: rejected.map(shown),
    }
  }
}

function shown({ index, problems }: Rejected) {
  return {
    index,
    problems: problems.map(({ path, rule, message, value }) => ({
      path,
      rule,
      message,
      ...(value !== undefined && { value: toJsonText(value as JsonValue).slice(0, LONGEST_VALUE) }),
    })),
  }
}

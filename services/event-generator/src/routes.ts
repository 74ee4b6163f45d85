import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Publisher } from '@tablestream/service-kit'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { knownType } from './answers.ts'
import { asPublished } from './as-published.ts'
import { publishEvents, type Wanted } from './publish-events.ts'
import { SHOP_EVENT_TYPES, type Shop } from './shop/shop.ts'
import { isOwn, shopOf, STORY, type Story } from './story.ts'

export interface RouteOptions {
  readonly publisher: Publisher
  /** The shop that lives as long as the service: its stock goes on from request to request. */
  readonly shop: Shop
  readonly published: (type: string, count: number) => void
}

const MOST_EVENTS = 10_000

const TypeParameter = Type.Object({
  type: Type.String({
    description: `Event type: ${SHOP_EVENT_TYPES.join(', ')}`,
    examples: [...SHOP_EVENT_TYPES],
  }),
})
const Count = Type.Integer({ default: 1, minimum: 1, maximum: MOST_EVENTS, description: 'How many events' })
const Event = Type.Object({}, { additionalProperties: true, description: 'The event, as it is published' })

const Published = Type.Object({
  published: Type.Integer(),
  events: Type.Array(Type.Object({ message_id: Type.String(), event_id: Type.String(), event: Event })),
})
const BatchBody = Type.Object(
  {
    events: Type.Array(Type.Object({ type: Type.String(), count: Count }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 100,
    }),
    ...STORY,
  },
  { additionalProperties: false },
)
const TooMany = createError<[number]>(
  'TOO_MANY_EVENTS',
  `%d events are too many, ${MOST_EVENTS} is the limit`,
  400,
)

/** `POST /generate/:type` publishes, `GET /sample/:type` only shows. */
export const routes: FastifyPluginCallbackTypebox<RouteOptions> = (
  app,
  { publisher, shop, published },
  done,
) => {
  // events have what properties they like: what Fastify makes of such a schema takes a third longer for 10,000 of them
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.post(
    '/generate/:type',
    {
      schema: {
        summary: 'Generates events and publishes them',
        params: TypeParameter,
        querystring: Type.Object({ count: Count, ...STORY }),
        response: {
          200: Published,
        },
      },
    },
    ({ params, query }, reply) =>
      publish(reply as FastifyReply, shopFor(shop, query), [
        { type: knownType(params.type), count: query.count },
      ]),
  )
  app.post(
    '/generate/single/:type',
    {
      schema: {
        summary: 'Generates one event and publishes it',
        params: TypeParameter,
        querystring: Type.Object(STORY),
        response: { 200: Published },
      },
    },
    ({ params, query }, reply) =>
      publish(reply as FastifyReply, shopFor(shop, query), [{ type: knownType(params.type), count: 1 }]),
  )
  app.post(
    '/generate/batch',
    {
      schema: {
        summary: 'Generates events of several types and publishes them',
        body: BatchBody,
        response: { 200: Published },
      },
    },
    ({ body }, reply) => {
      const wanted = body.events.map(({ type, count }) => ({ type: knownType(type), count }))
      const sum = wanted.reduce((total, { count }) => total + count, 0)
      if (sum > MOST_EVENTS) throw new TooMany(sum)
      return publish(reply, shopFor(shop, body), wanted)
    },
  )
  app.get(
    '/sample/:type',
    {
      schema: {
        summary: 'Shows an event as it would be generated, and publishes nothing',
        params: TypeParameter,
        querystring: Type.Object(STORY),
        response: { 200: Event },
      },
    },
    ({ params, query }) => {
      const type = knownType(params.type)
      // a sample of the living shop would move its stock without an event that says so
      return asPublished(shopOf(query, () => shop.now()).next(type))
    },
  )
  done()

  async function publish(reply: FastifyReply, from: Shop, wanted: readonly Wanted[]): Promise<void> {
    const answer = await publishEvents(publisher, from, wanted)
    for (const { type, count } of wanted) published(type, count)
    await reply.type('application/json; charset=utf-8').send(answer)
  }
}

/** The living shop, or one of the request's own. */
function shopFor(shop: Shop, story: Story): Shop {
  return isOwn(story) ? shopOf(story, () => shop.now()) : shop
}

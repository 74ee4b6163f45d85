import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { eventMessage, type Publisher } from '@tablestream/service-kit'
import Type from 'typebox'
import { knownType, PublishFailed } from './answers.ts'
import { SOURCE } from './event-stream.ts'
import { Shop, SHOP_EVENT_TYPES, type ShopEventType } from './shop.ts'
import { bytesOf } from './trouble.ts'

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
const Seed = Type.Optional(
  Type.Integer({ description: 'Makes a shop of its own: the same seed and start give the same events' }),
)
const Start = Type.Optional(
  Type.String({ format: 'date-time', description: 'Time of the events (RFC 3339) instead of now' }),
)
const Count = Type.Integer({ default: 1, minimum: 1, maximum: MOST_EVENTS, description: 'How many events' })
const Event = Type.Object({ event_type: Type.String() }, { additionalProperties: true })

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
    seed: Seed,
    start: Start,
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
  app.post(
    '/generate/:type',
    {
      schema: {
        summary: 'Generates events and publishes them',
        params: TypeParameter,
        querystring: Type.Object({ count: Count, seed: Seed, start: Start }),
        response: {
          200: Published,
        },
      },
    },
    ({ params, query }) =>
      publish(shopFor(shop, query), [{ type: knownType(params.type), count: query.count }]),
  )
  app.post(
    '/generate/single/:type',
    {
      schema: {
        summary: 'Generates one event and publishes it',
        params: TypeParameter,
        querystring: Type.Object({ seed: Seed, start: Start }),
        response: { 200: Published },
      },
    },
    ({ params, query }) => publish(shopFor(shop, query), [{ type: knownType(params.type), count: 1 }]),
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
    ({ body }) => {
      const wanted = body.events.map(({ type, count }) => ({ type: knownType(type), count }))
      const sum = wanted.reduce((total, { count }) => total + count, 0)
      if (sum > MOST_EVENTS) throw new TooMany(sum)
      return publish(shopFor(shop, body), wanted)
    },
  )
  app.get(
    '/sample/:type',
    {
      schema: {
        summary: 'Shows an event as it would be generated, and publishes nothing',
        params: TypeParameter,
        querystring: Type.Object({ seed: Seed, start: Start }),
        response: { 200: Event },
      },
    },
    ({ params, query }) => {
      const type = knownType(params.type)
      // a sample of the living shop would move its stock without an event that says so
      return shopFor(new Shop({ now: shop.now }), query).next(type)
    },
  )
  done()

  async function publish(
    from: Shop,
    wanted: readonly { readonly type: ShopEventType; readonly count: number }[],
  ) {
    const made = wanted.flatMap(({ type, count }) =>
      Array.from({ length: count }, () => ({ event: from.next(type), id: from.eventId() })),
    )
    const messages = made.map(({ event, id }) =>
      eventMessage(bytesOf(event), {
        eventType: event.event_type,
        id,
        time: from.now().toISOString(),
        source: SOURCE,
      }),
    )
    const ids = await publisher.publish(messages).catch((error: Error) => {
      throw new PublishFailed(error.message, { cause: error })
    })
    for (const { type, count } of wanted) published(type, count)
    return {
      published: ids.length,
      events: made.map(({ event, id }, index) => ({ message_id: ids[index]!, event_id: id, event })),
    }
  }
}

function shopFor(
  shop: Shop,
  { seed, start }: { seed?: number | undefined; start?: string | undefined },
): Shop {
  if (seed === undefined && start === undefined) return shop
  const now = start === undefined ? shop.now : () => new Date(start)
  return new Shop({ now, ...(seed !== undefined && { seed }) })
}

import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { eventMessage, type Publisher } from '@tablestream/service-kit'
import Type from 'typebox'
import { isShopEventType, Shop, SHOP_EVENT_TYPES, type ShopEventType } from './shop.ts'

export interface RouteOptions {
  readonly publisher: Publisher
  /** The shop that lives as long as the service: its stock goes on from request to request. */
  readonly shop: Shop
  readonly published: (type: string, count: number) => void
}

const SOURCE = '/tablestream/event-generator'
const MOST_EVENTS = 10_000

const UnknownType = createError<[string]>(
  'UNKNOWN_EVENT_TYPE',
  `unknown event type "%s"; known types: ${SHOP_EVENT_TYPES.join(', ')}`,
  400,
)
const PublishFailed = createError<[string, { cause: Error }]>(
  'PUBLISH_FAILED',
  'the events could not be published: %s',
  503,
)

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
          200: Type.Object({
            published: Type.Integer(),
            events: Type.Array(
              Type.Object({ message_id: Type.String(), event_id: Type.String(), event: Event }),
            ),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const type = knownType(params.type)
      const from = shopFor(shop, query)
      const made = Array.from({ length: query.count }, () => ({ event: from.next(type), id: from.eventId() }))
      const messages = made.map(({ event, id }) =>
        eventMessage(Buffer.from(JSON.stringify(event)), {
          eventType: event.event_type,
          id,
          time: from.now().toISOString(),
          source: SOURCE,
        }),
      )
      const ids = await publisher.publish(messages).catch((error: Error) => {
        throw new PublishFailed(error.message, { cause: error })
      })
      published(type, ids.length)
      return {
        published: ids.length,
        events: made.map(({ event, id }, index) => ({ message_id: ids[index]!, event_id: id, event })),
      }
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
}

function shopFor(
  shop: Shop,
  { seed, start }: { seed?: number | undefined; start?: string | undefined },
): Shop {
  if (seed === undefined && start === undefined) return shop
  const now = start === undefined ? shop.now : () => new Date(start)
  return new Shop({ now, ...(seed !== undefined && { seed }) })
}

function knownType(type: string): ShopEventType {
  if (!isShopEventType(type)) throw new UnknownType(type)
  return type
}

import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { knownTypes, typeField } from '@tablestream/contract'
import Type from 'typebox'
import { Sent, Types } from '../api/send.ts'
import { exampleOf } from './example.ts'
import type { Credentials } from './credentials.ts'
import { askFor, type AskService } from './other-service.ts'

const NoGateway = createError(
  'NO_GATEWAY',
  'this console knows no event-gateway: GATEWAY_URL is not set',
  503,
)

export interface SendRouteOptions {
  /** Of event-gateway; empty: there is none. */
  readonly gatewayUrl: string
  /** What says who sends: a key, or an identity token. */
  readonly credentials: Credentials
  readonly ask: AskService
  readonly now: () => number
}

/** Events are sent through event-gateway, like anybody's. */
export const sendRoutes: FastifyPluginCallbackTypebox<SendRouteOptions> = (app, options, done) => {
  const { gatewayUrl, credentials, ask, now } = options
  app.get(
    '/api/types',
    {
      schema: {
        summary: 'The known event types, with their contracts as JSON Schema',
        response: { 200: Types },
      },
    },
    () => ({
      type_field: typeField(),
      types: knownTypes().map(({ type, table, schema }) => ({
        event_type: type,
        table,
        schema,
        example: exampleOf(schema, type, new Date(now())),
      })),
    }),
  )
  app.post(
    '/api/send',
    {
      config: { changes: 'send' },
      schema: {
        summary: 'Sends an event, or an array of them, through event-gateway, and tells its answer',
        body: Type.Object({
          text: Type.String({ minLength: 1, description: 'JSON' }),
          event_type: Type.Optional(
            Type.String({ minLength: 1, description: 'The door: events need not name their type then' }),
          ),
        }),
        response: { 200: Sent },
      },
    },
    async ({ body: { text, event_type: door } }) => {
      if (gatewayUrl === '') throw new NoGateway()
      const path = door === undefined ? '/events' : `/events/${encodeURIComponent(door)}`
      const headers = { 'content-type': 'application/json', ...(await credentials()) }
      const init = { method: 'POST', headers, body: text }
      const { status, body: answer } = await askFor(ask, 'event-gateway', gatewayUrl + path, init)
      return { status, answer }
    },
  )
  done()
}

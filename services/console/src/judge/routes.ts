import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { Judged } from '../api/judge.ts'
import { judgeText, type JudgeOptions } from './judge-text.ts'

export interface JudgeRouteOptions extends JudgeOptions {
  readonly now: () => number
}

const Body = Type.Object({
  text: Type.String({ description: 'The event, as JSON' }),
  attributes: Type.Optional(Type.Record(Type.String(), Type.String())),
  event_type: Type.Optional(
    Type.String({ minLength: 1, description: 'The door: an event need not name its type then' }),
  ),
})

export const judgeRoutes: FastifyPluginCallbackTypebox<JudgeRouteOptions> = (
  app,
  { now, ...options },
  done,
) => {
  app.post(
    '/api/judge',
    {
      schema: {
        summary: 'What event-gateway would say of an event; nothing is published',
        body: Body,
        response: { 200: Judged },
      },
    },
    ({ body: { text, attributes = {}, event_type: door } }) => {
      const publishTime = new Date(now()).toISOString()
      const message = { data: Buffer.from(text), attributes, messageId: 'none-yet', publishTime }
      return judgeText(message, door, options)
    },
  )
  done()
}

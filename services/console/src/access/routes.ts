import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Session } from '../api/session.ts'

export interface SessionRouteOptions {
  readonly session: Session
}

/** What the page needs first: the token, and what may be done. */
export const sessionRoutes: FastifyPluginCallbackTypebox<SessionRouteOptions> = (app, { session }, done) => {
  app.get(
    '/api/session',
    {
      schema: {
        summary: 'Which environment this is, what may be done, and the token for what changes something',
        response: { 200: Session },
      },
    },
    (_request, reply) => {
      void reply.header('cache-control', 'no-store')
      return session
    },
  )
  done()
}

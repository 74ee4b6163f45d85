import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DeadLetterDetail, DeadLetters, LetterFilters } from '../api/letters.ts'
import type { Tables } from '../tables/dataset.ts'
import { letterDetail } from './letter-detail.ts'
import { listLetters } from './list-letters.ts'

export const NoSuchLetter = createError<[string]>('NO_SUCH_DEAD_LETTER', 'there is no dead letter "%s"', 404)

export interface LetterRouteOptions {
  readonly tables: Tables
  readonly now: () => number
}

/** The dead letters. */
export const letterRoutes: FastifyPluginCallbackTypebox<LetterRouteOptions> = (
  app,
  { tables, now },
  done,
) => {
  app.get(
    '/api/dead-letters',
    {
      schema: {
        summary: 'Dead letters, newest first, and how many there are by reason, path and type',
        querystring: Type.Object({
          ...LetterFilters.properties,
          limit: Type.Integer({ default: 50, minimum: 1, maximum: 500 }),
          before: Type.Optional(Type.String({ description: 'Id of a dead letter: only older ones' })),
        }),
        response: { 200: DeadLetters },
      },
    },
    ({ query: { limit, before, ...filters } }) => listLetters(tables, { filters, limit, before, now: now() }),
  )
  app.get(
    '/api/dead-letters/:id',
    {
      schema: {
        summary: 'A dead letter with its bytes, and the places that are wrong',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: { 200: DeadLetterDetail },
      },
    },
    async ({ params: { id } }) => {
      const letter = await letterDetail(tables, id)
      if (!letter) throw new NoSuchLetter(id)
      return letter
    },
  )
  done()
}

import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { judge, sourceOf, type EventPolicies } from '@tablestream/contract'
import { momentOf } from '@tablestream/table-schema'
import Type from 'typebox'
import { EventAnswer } from '../api/event.ts'
import { counting } from '../bigquery/counting.ts'
import type { EventTableNames } from '../tables/event-tables.ts'
import type { Tables } from '../tables/dataset.ts'
import type { WhyWaiting } from '../flow/why-waiting.ts'
import { findBytes, findEvent, type Found } from './find-event.ts'
import type { PublishedMessage } from './record.ts'
import { tellEvent } from './tell-event.ts'
import { tellRow } from './tell-row.ts'

export interface EventRouteOptions {
  readonly tables: Tables
  readonly eventTables: EventTableNames
  readonly policies: EventPolicies
  readonly sinceHours: number
  readonly whyWaiting: WhyWaiting
  readonly now: () => number
}

const NoSuchEvent = createError<[string, string]>(
  'NO_SUCH_EVENT',
  'no message, row or dead letter has the id "%s" since %s; `since` looks further back',
  404,
)
const NoSuchBytes = createError<[string]>(
  'NO_SUCH_EVENT',
  'no message and no row since %s is exactly these bytes, white space included, and they name no event_id; `since` looks further back',
  404,
)
const NotSince = createError<[string]>(
  'NOT_A_TIME',
  'since is a time in RFC 3339, with Z or its offset, but is "%s"',
  400,
)

const TooOld = createError<[string]>(
  'TOO_LONG_AGO',
  'since is at most 366 days ago, but is "%s": what BigQuery bills grows with it',
  400,
)
const MOST_MS = 366 * 86_400_000

const Query = Type.Object({
  since: Type.Optional(Type.String({ description: 'RFC 3339: nothing older is looked for' })),
  within: Type.Integer({
    default: 10,
    minimum: 0,
    maximum: 8 * 86_400,
    description: 'So many seconds around it other messages of the event are looked for',
  }),
})

/** What became of an event. */
export const eventRoutes: FastifyPluginCallbackTypebox<EventRouteOptions> = (app, options, done) => {
  const { tables, eventTables, policies, sinceHours, whyWaiting, now } = options
  app.get(
    '/api/events/:id',
    {
      schema: {
        summary: 'What became of an event: by its id, or by that of a message',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 2000 }) }),
        querystring: Query,
        response: { 200: EventAnswer },
      },
    },
    ({ params, query }) => answer(params.id, query),
  )
  app.post(
    '/api/events/find',
    {
      schema: {
        summary: 'The same for an event that is given: by its own id, or by that of its message',
        body: Type.Object({
          text: Type.String({ minLength: 1, description: 'The event, as JSON' }),
          attributes: Type.Optional(Type.Record(Type.String(), Type.String())),
        }),
        querystring: Query,
        response: { 200: EventAnswer },
      },
    },
    ({ body, query }) => {
      const { text, attributes = {} } = body
      const data = Buffer.from(text)
      const verdict = judge({ data, attributes, messageId: '', publishTime: new Date(now()).toISOString() })
      const id = verdict.outcome === 'event' ? verdict.eventId : (attributes['ce-id'] ?? '')
      return answer(id, query, data)
    },
  )
  done()

  async function answer(
    id: string,
    { since: given, within }: { since?: string; within: number },
    data?: Buffer,
  ): Promise<EventAnswer> {
    const began = performance.now()
    const since = sinceOf(given)
    const { warehouse, bytesRead, isCut } = counting(tables.warehouse)
    const counted = { ...tables, warehouse }
    const find = { tables: counted, eventTables, since, within }
    const ofBytes = data && (await findBytes(data, find))
    const found = ofBytes ?? (id === '' ? undefined : await findEvent(id, find))
    if (!found) throw id === '' ? new NoSuchBytes(since) : new NoSuchEvent(id.slice(0, 200), since)
    const story = { tables: counted, policies, whyWaiting, now: now() }
    const events = await Promise.all([
      ...eventsOf(found).map((messages) => tellEvent(messages, story)),
      ...found.rows.map((row) => tellRow(row, counted)),
    ])
    return {
      found_by: found.foundBy,
      events,
      looked_from: found.lookedFrom,
      looked_until: found.lookedUntil,
      milliseconds: Math.round(performance.now() - began),
      bytes_read: bytesRead(),
      ...(isCut() && { is_cut: true }),
    }
  }

  /** @throws NotSince TooOld */
  function sinceOf(given: string | undefined): string {
    const time = given === undefined ? now() - sinceHours * 3_600_000 : momentOf(given)
    if (time === undefined) throw new NotSince((given ?? '').slice(0, 100))
    if (now() - time > MOST_MS) throw new TooOld(given ?? '')
    return new Date(time).toISOString()
  }
}

/** Messages with the same type, source, id and bytes are one event. */
function eventsOf({ messages }: Found): PublishedMessage[][] {
  const events = Map.groupBy(messages, (message) => {
    const verdict = judge(message)
    const id = verdict.outcome === 'event' ? verdict.eventId : message.messageId
    return JSON.stringify([verdict.eventType, sourceOf(message), id, message.fingerprint])
  })
  return [...events.values()]
}

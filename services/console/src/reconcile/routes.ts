import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Ledger } from '@tablestream/ledger'
import { momentOf } from '@tablestream/table-schema'
import Type from 'typebox'
import { Reconcile } from '../api/reconcile.ts'
import { figuresOf, totalOf } from '../flow/tell-flow.ts'

const BadSince = createError<[string]>(
  'NOT_A_TIME',
  'since is a time in RFC 3339, with Z or its offset, or a span like 90m, 24h or 7d, but is "%s"',
  400,
)
const TooOld = createError<[string]>(
  'TOO_LONG_AGO',
  'since is at most 31 days ago, but is "%s"; `npm run reconcile` reads what is older',
  400,
)
const MOST_MS = 31 * 86_400_000

export interface ReconcileRouteOptions {
  readonly readLedger: (since: Date) => Promise<Ledger>
  readonly now: () => number
}

/** The ledger, as `npm run reconcile` tells it: the same query. */
export const reconcileRoutes: FastifyPluginCallbackTypebox<ReconcileRouteOptions> = (app, options, done) => {
  const { readLedger, now } = options
  app.get(
    '/api/reconcile',
    {
      schema: {
        summary: 'Whether every message has its end: it reads what was published since then',
        querystring: Type.Object({
          since: Type.String({ default: '24h', description: 'RFC 3339, or a span like 90m, 24h, 7d' }),
        }),
        response: { 200: Reconcile },
      },
    },
    async ({ query }) => {
      const since = sinceOf(query.since, now())
      return told(await readLedger(since), since, new Date(now()))
    },
  )
  done()
}

/** @throws BadSince TooOld */
function sinceOf(text: string, now: number): Date {
  const time = momentOf(text, now)
  if (time === undefined) throw new BadSince(text.slice(0, 100))
  if (now - time > MOST_MS) throw new TooOld(text.slice(0, 100))
  return new Date(time)
}

function told(
  { accounts, missing, collisions, uncompared, bytesRead }: Ledger,
  since: Date,
  at: Date,
): Reconcile {
  const sum = (name: 'extraRows' | 'collisions') =>
    accounts.reduce((total, account) => total + account[name], 0)
  return {
    since: since.toISOString(),
    at: at.toISOString(),
    accounts: accounts.map((account) => ({
      event_type: account.eventType,
      table: account.table,
      ...figuresOf(account),
      landed_by_id: account.landedById,
      extra_rows: account.extraRows,
      collisions: account.collisions,
    })),
    total: { ...totalOf(accounts), extra_rows: sum('extraRows'), collisions: sum('collisions') },
    missing: missing.map((event) => ({
      event_type: event.eventType,
      event_id: event.eventId,
      source: event.source,
      messages: event.messages,
      message_id: event.messageId,
      publish_time: event.publishTime,
    })),
    collisions: collisions.map((collision) => ({
      event_type: collision.eventType,
      event_id: collision.eventId,
      source: collision.source,
      contents: collision.contents,
      messages: collision.messages,
      message_ids: [...collision.messageIds],
    })),
    uncompared: uncompared.map(({ messages, why }) => ({ messages, why })),
    bytes_read: bytesRead,
  }
}

import type { EventPolicies } from '@tablestream/contract'
import { createServer, frontPage, health, type Logger, steadyNow } from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { AnswersTogether } from './answers-together.ts'
import type { ChangeLog } from './beside/change-log.ts'
import { LatestWaits } from './beside/latest-waits.ts'
import { TableQueues } from './queue/table-queues.ts'
import type { DeduplicatedViews } from './beside/deduplicated-views.ts'
import { readDelivery } from './eventarc-delivery.ts'
import { createReceiver } from './receive-event.ts'
import type { Tables } from './tables.ts'

export interface AppOptions {
  readonly logger: Logger
  readonly tables: Tables
  readonly policies: EventPolicies
  /** Whether what is delivered may be a request of stream-writer; absent: it may. */
  readonly takesRequests?: boolean
  /** Every change is told here; rejects never. */
  readonly changeLog?: ChangeLog
  readonly views?: DeduplicatedViews
  /** Milliseconds that the latest answer about a change waits for views and history. */
  readonly besideMs?: number
  /** Milliseconds for which a table is taken to be as it was last seen. */
  readonly cacheMs: number
  /** Milliseconds of a clock that only goes on; absent: steadyNow. */
  readonly now?: () => number
  /** Waits; whoever gives a clock of their own gives this too. */
  readonly pause?: (ms: number) => Promise<unknown>
}

// a Pub/Sub message of 10 MB is 13.4 MB in base64
const BODY_LIMIT = 16 << 20
/** What the end of the service leaves to changes that BigQuery is asked for: Cloud Run kills after 10 s. */
const LAST_CHANGES_MS = 3000
/**
 * Cloud Run gives CPU while there is a request, and else only to those who pay for it: the last request that changed a table waits for
 * the views, within the 10 s in which Eventarc's subscription wants an answer. What is not done by then goes on with the next request.
 */
const BESIDE_MS = 8000

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger, tables, policies, changeLog, views, cacheMs, now = steadyNow, pause } = options
  const { besideMs = BESIDE_MS } = options
  const app = createServer({ logger, bodyLimit: BODY_LIMIT })
  const metrics = new Registry()
  const received = new Counter({
    name: 'tablestream_events_received_total',
    help: 'Events delivered, by what became of their table',
    labelNames: ['outcome'],
    registers: [metrics],
  })
  const changes = new Counter({
    name: 'tablestream_table_changes_total',
    help: 'Tables created and altered',
    labelNames: ['change'],
    registers: [metrics],
  })
  const queues = new TableQueues(
    {
      tables,
      cacheMs,
      now,
      ...(pause && { pause }),
      seen: (table, state) => views?.keep(table, state),
      changed(change) {
        const { outcome, ...what } = change
        changes.inc({ change: outcome })
        logger.info(shown(what), `table ${outcome}`)
        void changeLog?.tell(change)
      },
    },
    policies,
  )
  const receive = createReceiver(queues, logger, options.takesRequests)
  await app.register(frontPage, {
    service: 'table-manager',
    about: 'Creates the tables of BigQuery and adds columns as events change. Eventarc delivers to POST /.',
    links: {},
  })
  await app.register(health, {
    service: 'table-manager',
    metrics,
    checks: [{ name: 'dataset', check: () => tables.check() }],
  })
  const beside = new LatestWaits()
  // before the requests under way are waited for: most of them would take longer than the service has
  app.addHook('preClose', async () => {
    beside.end()
    await queues.stop(LAST_CHANGES_MS)
  })
  app.addHook('onClose', async () => {
    await Promise.all([changeLog?.close(), views?.close()])
  })
  const answers = new AnswersTogether()
  app.post('/', async (request, reply) => {
    const delivery = readDelivery(request.headers, request.body)
    if (delivery.outcome === 'malformed') {
      received.inc({ outcome: 'malformed' })
      logger.warn({ problem: delivery.problem }, 'a request that is no delivery of Eventarc')
      return reply.code(400).send({ error: delivery.problem })
    }
    const began = performance.now()
    const receipt = await receive(delivery.message)
    const leftMs = besideMs - (performance.now() - began)
    if ((receipt.outcome === 'created' || receipt.outcome === 'altered') && leftMs > 0)
      await beside.wait(Promise.all([views?.settled(leftMs), changeLog?.settled(leftMs)]))
    await answers.turn()
    received.inc({ outcome: receipt.outcome })
    return receipt.status === 204 ? reply.code(204).send() : reply.code(503).send({ error: receipt.reason })
  })
  return app
}

/** Of a list in the log: each may have thousands, and the history has them all. */
const MOST_SHOWN = 50

/** Without the parts in which nothing happened, and of long ones the first. */
function shown(change: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(change).flatMap(([name, value]): [string, unknown][] => {
    if (!Array.isArray(value)) return [[name, value]]
    if (value.length === 0) return []
    if (value.length <= MOST_SHOWN) return [[name, value]]
    return [
      [name, value.slice(0, MOST_SHOWN)],
      [`${name}Count`, value.length],
    ]
  })
  return Object.fromEntries(entries)
}

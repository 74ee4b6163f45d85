import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { EventPolicies } from '@tablestream/contract'
import type { Ledger, Replayer } from '@tablestream/ledger'
import { asCalled, createServer, health, takeJsonBodies, type Logger } from '@tablestream/service-kit'
import { columnsOfFields } from '@tablestream/table-schema'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { guard } from './access/guard.ts'
import { sessionRoutes } from './access/routes.ts'
import { answerOf } from './bigquery/too-many-bytes.ts'
import type { Warehouse } from './bigquery/warehouse.ts'
import type { MetricsSource } from './config.ts'
import { eventRoutes } from './events/routes.ts'
import { LedgerKeeper } from './flow/ledger-keeper.ts'
import { MarkKeeper } from './flow/marks.ts'
import { MinuteKeeper } from './flow/minute-keeper.ts'
import { readMinutes } from './flow/monitoring.ts'
import { flowRoutes, type FlowFigures } from './flow/routes.ts'
import { Sampler } from './flow/sampler.ts'
import { tellFlow } from './flow/tell-flow.ts'
import { tellMinutes } from './flow/tell-minutes.ts'
import { whyByMonitoring, whyByWriters } from './flow/why-waiting.ts'
import { judgeRoutes } from './judge/routes.ts'
import { replayRoutes } from './letters/replay-routes.ts'
import { Replays } from './letters/replays.ts'
import { letterRoutes } from './letters/routes.ts'
import { servePage, type Page } from './page.ts'
import { reconcileRoutes } from './reconcile/routes.ts'
import { accessToken, credentialsFor, passFor } from './send/credentials.ts'
import { faultRoutes } from './send/fault-routes.ts'
import { generatorRoutes } from './send/generator-routes.ts'
import type { AskService } from './send/other-service.ts'
import { sendRoutes } from './send/routes.ts'
import { sqlRoutes } from './sql/routes.ts'
import { EventTableNames } from './tables/event-tables.ts'
import { tableRoutes } from './tables/routes.ts'

/** Names of Pub/Sub. */
export interface Monitored {
  readonly topic: string
  readonly subscription: string
  readonly deadLetterTopic: string
}

/** What the settings say. */
export interface ConsoleSettings {
  readonly projectId: string
  readonly environment: string
  readonly dataset: string
  readonly metrics: readonly MetricsSource[]
  /** Whose figures Cloud Monitoring is asked for; absent: the writers are asked. */
  readonly monitored?: Monitored | undefined
  readonly gatewayUrl: string
  readonly gatewayKey: string
  readonly generatorUrl: string
  readonly faultsUrl: string
  readonly mayReplay: boolean
  readonly maySend: boolean
  readonly mayQuery: boolean
  readonly hosts: readonly string[]
  readonly sinceHours: number
  readonly ledgerSeconds: number
}

export interface AppOptions {
  readonly logger: Logger
  readonly settings: ConsoleSettings
  readonly policies: EventPolicies
  readonly warehouse: Warehouse
  readonly readLedger: (since: Date) => Promise<Ledger>
  readonly replayer: Pick<Replayer, 'count' | 'replay' | 'replayMended'>
  readonly ask: AskService
  /** Absent: the API alone. */
  readonly page?: Page
  readonly now?: () => number
  /** Called when everything is closed. */
  readonly closed?: () => Promise<void>
}

/** How long a service may take to tell its figures. */
const METRICS_MS = 4000
/** Changes of tables cost a query, too, of 10 MB at the least: so old they may be where the ledger may be older. */
const MARKS_SECONDS = 60

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger, settings, policies, warehouse, readLedger, replayer, ask, page, now = Date.now } = options
  const { projectId, dataset, environment } = settings
  const app = createServer({
    logger,
    bodyLimit: 12 << 20,
    // names of tables and ids of events are parts of paths
    maxParamLength: 4000,
    answerOf,
  })
  const may = {
    replay: settings.mayReplay,
    send: settings.maySend,
    faults: settings.faultsUrl !== '',
  }
  const token = guard(app, { hosts: settings.hosts, may })
  takeJsonBodies(app)
  // answers are made here, by schemas that say what they have: nothing needs to be left out or turned into something else
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
    void reply.header('cross-origin-resource-policy', 'same-origin').header('x-frame-options', 'DENY')
    done()
  })
  await app.register(swagger, {
    transform: asCalled,
    openapi: {
      info: {
        title: 'console',
        description: 'Where is my event, what do the tables look like, which dead letters are there',
        version: '1',
      },
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  await app.register(health, {
    service: 'console',
    metrics: new Registry(),
    checks: [
      { name: 'BigQuery', check: async () => void (await warehouse.table(dataset, 'published_messages')) },
    ],
  })
  const tables = { warehouse, projectId, dataset }
  const ledger = new LedgerKeeper({ read: readLedger, now, maxAgeMs: settings.ledgerSeconds * 1000 })
  const warned = (what: string) => (error: unknown) => logger.warn({ err: error }, what)
  const marks = new MarkKeeper({
    tables,
    now,
    maxAgeMs: Math.min(settings.ledgerSeconds, MARKS_SECONDS) * 1000,
    failed: warned('the changes of tables are not known'),
  })
  const replays = new Replays({ replayer, now, failed: warned('a replay failed') })
  const session = {
    token,
    project: projectId,
    dataset,
    environment,
    may: { ...may, generate: may.send && settings.generatorUrl !== '', sql: settings.mayQuery },
  }
  await app.register(sessionRoutes, { session })
  const figures = settings.monitored ? monitored(settings.monitored, options) : sampled(app, options)
  await app.register(flowRoutes, { figures, ledger, marks, now })
  const eventTables = new EventTableNames(tables, now)
  const { whyWaiting } = figures
  const { sinceHours } = settings
  await app.register(eventRoutes, { tables, eventTables, policies, sinceHours, whyWaiting, now })
  await app.register(tableRoutes, { tables })
  await app.register(replayRoutes, { tables, replayer, replays, now })
  await app.register(letterRoutes, { tables, now })
  const columns = async (table: string) => {
    const facts = await warehouse.table(dataset, table)
    return facts && columnsOfFields(facts.schema?.fields ?? [])
  }
  await app.register(judgeRoutes, { policies, columnsOf: columns, now })
  const { gatewayUrl, generatorUrl, faultsUrl } = settings
  const credentials = credentialsFor({ key: settings.gatewayKey, audience: gatewayUrl, ask })
  await app.register(sendRoutes, { gatewayUrl, credentials, ask, now })
  await app.register(generatorRoutes, { generatorUrl, credentials: passFor(generatorUrl, ask), ask })
  await app.register(faultRoutes, { faultsUrl, ask })
  await app.register(sqlRoutes, { warehouse, mayQuery: settings.mayQuery })
  await app.register(reconcileRoutes, { readLedger, now })
  if (page) servePage(app, page)
  else
    app.get('/', { schema: { hide: true } }, () => ({ service: 'console', docs: '/docs', api: '/api/flow' }))
  app.addHook('onClose', async () => {
    await replays.close()
    await options.closed?.()
  })
  return app
}

async function readMetrics(ask: AskService, url: string): Promise<string> {
  const response = await ask(url, { signal: AbortSignal.timeout(METRICS_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}

/** Figures of the writers, which are asked from the start of the service to its end. */
function sampled(app: FastifyInstance, { settings, ask, now = Date.now }: AppOptions): FlowFigures {
  const sampler = new Sampler({ sources: settings.metrics, read: (url) => readMetrics(ask, url), now })
  app.addHook('onReady', (done) => {
    void sampler.run()
    done()
  })
  app.addHook('onClose', (_app, done) => {
    sampler.close()
    done()
  })
  return {
    get at() {
      return sampler.at
    },
    tell: (parts) => tellFlow({ ...parts, sampler }),
    whyWaiting: async (message) => whyByWriters(sampler, message),
  }
}

function monitored(names: Monitored, { settings, ask, now = Date.now }: AppOptions): FlowFigures {
  const from = { ...names, projectId: settings.projectId, token: () => accessToken(ask), ask }
  const keeper = new MinuteKeeper({ read: (at) => readMinutes(from, at), now })
  return {
    get at() {
      return keeper.at
    },
    tell: (parts) => tellMinutes({ ...parts, minutes: keeper.get() }),
    whyWaiting: async (message) => whyByMonitoring(await keeper.fresh(), message),
  }
}

import { createServer, frontPage, health, type Logger } from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import { createLandingReport } from './landing-report.ts'
import type { EventWriter } from './write-events.ts'

const REPORT_MS = 60_000

export interface AppOptions {
  readonly logger: Logger
  readonly writer: EventWriter
  /** Closes the clients, once the writer has stopped. */
  readonly closeClients: () => Promise<void>
  /** How often the log tells how long events took to land. */
  readonly reportMs?: number
}

/** The writer's own door is the subscription; over HTTP it only tells how it is. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger, writer, closeClients, reportMs = REPORT_MS } = options
  const app = createServer({ logger })
  await app.register(frontPage, {
    service: 'stream-writer',
    about: 'Pulls events from Pub/Sub and writes them to BigQuery, each with one end.',
    links: {},
  })
  await app.register(health, {
    service: 'stream-writer',
    metrics: writer.metrics.registry,
    checks: [{ name: 'subscription', check: () => writer.check() }],
  })
  const report = createLandingReport(writer.metrics.latency)
  let timer: NodeJS.Timeout | undefined
  app.addHook('onReady', () => {
    writer.start()
    timer = setInterval(() => {
      // terraform/bootstrap/metrics.tf looks for these words
      void report().then((landed) => landed && logger.info(landed, 'events landed in the last minute'))
    }, reportMs)
  })
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await writer.stop()
    await closeClients()
  })
  return app
}

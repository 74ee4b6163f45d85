import { createServer, health, type Logger } from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import type { EventWriter } from './write-events.ts'

export interface AppOptions {
  readonly logger: Logger
  readonly writer: EventWriter
  /** Closes the clients, once the writer has stopped. */
  readonly closeClients: () => Promise<void>
}

/** The writer's own door is the subscription; over HTTP it only tells how it is. */
export async function buildApp({ logger, writer, closeClients }: AppOptions): Promise<FastifyInstance> {
  const app = createServer({ logger })
  await app.register(health, {
    service: 'stream-writer',
    metrics: writer.metrics.registry,
    checks: [{ name: 'subscription', check: () => writer.check() }],
  })
  app.addHook('onReady', () => {
    writer.start()
  })
  app.addHook('onClose', async () => {
    await writer.stop()
    await closeClients()
  })
  return app
}

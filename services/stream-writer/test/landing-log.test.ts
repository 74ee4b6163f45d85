import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { createMetrics } from '../src/metrics.ts'
import type { EventWriter } from '../src/write-events.ts'

t.test('the log tells how long events took to land, until the writer stops', async (t) => {
  const metrics = createMetrics({ held: () => 0, parked: () => [] })
  const told = Promise.withResolvers<unknown>()
  const logger = createLogger({ service: 'stream-writer', level: 'silent' })
  logger.info = ((fields: unknown, message: string) => {
    if (message === 'events landed in the last minute') told.resolve(fields)
  }) as typeof logger.info
  const writer: Pick<EventWriter, 'metrics' | 'start' | 'stop' | 'check'> = {
    metrics,
    start: () => undefined,
    stop: () => Promise.resolve(),
    check: () => Promise.resolve(),
  }
  const app = await buildApp({
    logger,
    writer: writer as EventWriter,
    closeClients: () => Promise.resolve(),
    reportMs: 5,
  })
  await app.ready()
  metrics.latency.observe({ table: 'orders' }, 3)
  t.match(await told.promise, { appends: 1, p99_seconds: Number })
  await app.close()
})

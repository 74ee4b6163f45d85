import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import {
  asCalled,
  createServer,
  frontPage,
  health,
  takeJsonBodies,
  type Logger,
  type Publisher,
} from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { routes } from './routes.ts'
import { refuseOtherSites } from './same-site.ts'
import { Shop } from './shop/shop.ts'
import { taskRoutes } from './task-routes.ts'
import { Tasks } from './tasks.ts'

export interface AppOptions {
  readonly logger: Logger
  readonly publisher: Publisher
  readonly now?: () => Date
}

export async function buildApp({
  logger,
  publisher,
  now = () => new Date(),
}: AppOptions): Promise<FastifyInstance> {
  const app = createServer({ logger })
  const metrics = new Registry()
  const generated = new Counter({
    name: 'tablestream_events_published_total',
    help: 'Events that Pub/Sub has taken',
    labelNames: ['event_type'],
    registers: [metrics],
  })
  refuseOtherSites(app)
  takeJsonBodies(app)
  await app.register(swagger, {
    transform: asCalled,
    openapi: {
      info: {
        title: 'Tablestream: event-generator',
        description: 'Simulates a shop and publishes its events',
        version: '1',
      },
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  await app.register(frontPage, {
    service: 'event-generator',
    about: 'Simulates a shop and publishes its events to Pub/Sub.',
    links: { '/docs': 'its API, to be tried' },
  })
  await app.register(health, {
    service: 'event-generator',
    metrics,
    checks: [{ name: 'topic', check: () => publisher.check() }],
  })
  const published = (type: string, count: number) => generated.inc({ event_type: type }, count)
  await app.register(routes, { publisher, shop: new Shop({ now }), published })
  const tasks = new Tasks()
  await app.register(taskRoutes, { tasks, publisher, now, published })
  app.addHook('onClose', async () => {
    tasks.close()
    await publisher.close()
  })
  return app
}

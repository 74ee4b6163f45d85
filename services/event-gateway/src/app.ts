import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import {
  asCalled,
  createServer,
  frontPage,
  health,
  type Logger,
  type Publisher,
} from '@tablestream/service-kit'
import type { FastifyInstance } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { access } from './access/access.ts'
import { crossOrigin } from './access/cross-origin.ts'
import type { ApiKeys } from './access/api-keys.ts'
import type { Bulk } from './bulk.ts'
import { Busy } from './access/busy.ts'
import { DiscardedBodies } from './wire/discard-body.ts'
import type { VerifyToken } from './access/identity-tokens.ts'
import { pipelining } from './wire/pipelining.ts'
import { routes } from './routes.ts'
import { Shares } from './access/shares.ts'

export interface AppOptions {
  readonly logger: Logger
  readonly publisher: Publisher
  /** Takes what is more than one small event. */
  readonly bulk: Bulk
  readonly keys: ApiKeys
  readonly verifyToken?: VerifyToken | undefined
  readonly emails?: ReadonlySet<string>
  /** Sites whose pages may call; absent: none. */
  readonly origins?: ReadonlySet<string>
  readonly requestsPerMinute: number
  readonly bytesPerMinute: number
  readonly maxBodyBytes: number
  readonly maxHeldBytes: number
  readonly maxRequests: number
  readonly now?: () => Date
}

/**
 * Of the requests under way what one caller has at most: then two others have as many as alone, and are told `BUSY` for nothing that the
 * one does.
 */
const PART_OF_ONE = 1 / 4

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { logger, publisher, bulk, keys, verifyToken, emails = new Set(), maxBodyBytes } = options
  const app = createServer({
    logger,
    bodyLimit: maxBodyBytes,
    isNoFault: (error) => error instanceof Busy,
  })
  const metrics = new Registry()
  const registers = [metrics]
  const taken = new Counter({
    name: 'tablestream_events_published_total',
    help: 'Events that Pub/Sub has taken',
    labelNames: ['event_type'],
    registers,
  })
  const takenOf = boundedCounters(taken)
  const refused = new Counter({
    name: 'tablestream_events_refused_total',
    help: 'Events that were not taken, by the first rule that they break',
    labelNames: ['rule'],
    registers,
  })
  await app.register(swagger, {
    transform: asCalled,
    openapi: {
      info: {
        title: 'Tablestream: event-gateway',
        description:
          'Takes events over HTTP and publishes them. Authorize first: with npm start the key in X-API-Key is `local`.',
        version: '1',
      },
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          token: { type: 'http', scheme: 'bearer', description: 'Google identity token' },
        },
      },
      security: [{ key: [] }, { token: [] }],
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: true } })
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
  const bodies = new DiscardedBodies()
  app.addHook('onSend', (request, _reply, _payload, done) => {
    bodies.discard(request.raw, request.caller?.name ?? '')
    done()
  })
  await app.register(pipelining)
  await app.register(crossOrigin, { origins: options.origins ?? new Set<string>() })
  await app.register(access, { keys, verifyToken, emails, limits: options })
  await app.register(frontPage, {
    service: 'event-gateway',
    about: 'Takes events over HTTP, judges them by their contracts and publishes them to Pub/Sub.',
    links: { '/docs': 'its API, to be tried' },
  })
  await app.register(health, {
    service: 'event-gateway',
    metrics,
    checks: [{ name: 'topic', check: () => publisher.check() }],
  })
  await app.register(routes, {
    publisher,
    bulk,
    maxBodyBytes,
    heldBytes: new Shares(options.maxHeldBytes),
    requests: new Shares(options.maxRequests, options.maxRequests * PART_OF_ONE),
    now: options.now ?? (() => new Date()),
    counted({ taken: byType, refused: byRule }) {
      for (const [eventType, count] of byType) takenOf(eventType).inc(count)
      for (const [rule, count] of byRule) refused.inc({ rule }, count)
    },
  })
  app.addHook('onClose', async () => {
    await Promise.all([publisher.close(), bulk.close()])
  })
  return app
}

const MOST_TYPES = 1000

/** One for each event type. Anybody may make up event types: beyond so many they are counted together. */
function boundedCounters(counter: Counter<'event_type'>): (eventType: string) => Counter.Internal {
  const known = new Map<string, Counter.Internal>()
  return (eventType) => {
    const type = known.has(eventType) || known.size < MOST_TYPES ? eventType : 'other'
    let found = known.get(type)
    if (found === undefined) {
      found = counter.labels({ event_type: type })
      known.set(type, found)
    }
    return found
  }
}

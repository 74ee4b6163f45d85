import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Registry } from 'prom-client'

/** What must work for the service to do its work; rejects with the reason when it does not. */
export interface ReadinessCheck {
  readonly name: string
  readonly check: () => Promise<void>
}

export interface HealthOptions {
  readonly service: string
  readonly checks: readonly ReadinessCheck[]
  readonly metrics: Registry
}

const LONGEST_CHECK_MS = 3000

/**
 * `/health` (who am I, since when), `/liveness` (the process answers), `/readiness` (200 only while every check passes,
 * else 503 with the reasons) and `/metrics` (Prometheus text).
 */
export const health = fp(
  (app: FastifyInstance, { service, checks, metrics }: HealthOptions, done: () => void) => {
    const started = Date.now()
    const hide = { schema: { hide: true } }
    app.get('/health', hide, () => ({
      status: 'ok',
      service,
      uptime_seconds: Math.round((Date.now() - started) / 1000),
    }))
    app.get('/liveness', hide, () => ({ status: 'ok' }))
    app.get('/readiness', hide, async (_request, reply) => {
      const results = await Promise.all(checks.map(run))
      const ready = results.every(({ status }) => status === 'ok')
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'not ready', checks: results })
    })
    app.get('/metrics', hide, async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.metrics()),
    )
    done()
  },
  { name: 'health', fastify: '5.x' },
)

interface CheckResult {
  readonly name: string
  readonly status: 'ok' | 'failed'
  readonly reason?: string
}

async function run({ name, check }: ReadinessCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LONGEST_CHECK_MS} ms`)), LONGEST_CHECK_MS)
  })
  try {
    await Promise.race([check(), late])
    return { name, status: 'ok' }
  } catch (error) {
    return { name, status: 'failed', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

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
  readonly now?: () => number
}

const LONGEST_CHECK_MS = 3000
/**
 * Anybody may ask whether a service is ready, strangers too, and a check is a call to an API with a quota. So an answer holds for a
 * while: that all is well,
 */
const WELL_MS = 5000
/** and that something is missing, which may be there in a moment. */
const MISSING_MS = 1000

/**
 * `/health` (who am I, since when), `/liveness` (the process answers), `/readiness` (200 only while every check passes,
 * else 503 with the reasons; as of the last seconds) and `/metrics` (Prometheus text).
 */
export const health = fp(
  (app: FastifyInstance, { service, checks, metrics, now = Date.now }: HealthOptions, done: () => void) => {
    const started = Date.now()
    const ask = checks.map((check) => asNow(check, now))
    const hide = { schema: { hide: true } }
    app.get('/health', hide, () => ({
      status: 'ok',
      service,
      uptime_seconds: Math.round((Date.now() - started) / 1000),
    }))
    app.get('/liveness', hide, () => ({ status: 'ok' }))
    app.get('/readiness', hide, async (_request, reply) => {
      const results = await Promise.all(ask.map((result) => result()))
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

/** A check that is made by the first who asks, and whose answer is shared by the others. */
function asNow(check: ReadinessCheck, now: () => number): () => Promise<CheckResult> {
  let last: Promise<CheckResult> | undefined
  let until = 0
  return () => {
    if (last && now() < until) return last
    until = Number.POSITIVE_INFINITY
    last = run(check)
    void last.then(({ status }) => (until = now() + (status === 'ok' ? WELL_MS : MISSING_MS)))
    return last
  }
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

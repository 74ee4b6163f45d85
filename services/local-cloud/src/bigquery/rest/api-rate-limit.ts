import type { FastifyInstance } from 'fastify'
import { BigQueryError } from '../errors.ts'

/**
 * BigQuery's limits on the requests of one user to one method in a second (docs: quotas, "API requests"); here all callers are
 * one user. Google does not say over what time it counts: here over ten seconds, so that a burst of a few is none.
 */
const WINDOW_MS = 10_000
const MOST_PER_SECOND = 100
const PER_SECOND: Readonly<Record<string, number>> = {
  'GET /projects': 10,
  'POST /tables': 10,
  'GET /data': 1000,
  'GET /jobs/:job': 1000,
  // does not apply to streaming inserts
  'POST /insertAll': Number.POSITIVE_INFINITY,
}

/** Requests of the last ten seconds, by method. */
export class ApiRateLimit {
  readonly #now: () => number
  readonly #requests = new Map<string, number[]>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws BigQueryError 403 rateLimitExceeded */
  count(method: string, perSecond: number): void {
    const now = this.#now()
    const times = this.#requests.get(method) ?? []
    const old = times.findIndex((time) => time > now - WINDOW_MS)
    times.splice(0, old === -1 ? times.length : old)
    this.#requests.set(method, times)
    if (times.length >= (perSecond * WINDOW_MS) / 1000) {
      const message =
        'Exceeded rate limits: too many api requests per user per method for this user_method. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas'
      throw new BigQueryError('rateLimitExceeded', message)
    }
    times.push(now)
  }
}

export function addApiRateLimit(app: FastifyInstance, limit: ApiRateLimit): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url
    if (!route?.includes('/projects')) return done()
    const method = `${request.method} ${methodOf(route)}`
    limit.count(method, PER_SECOND[method] ?? MOST_PER_SECOND)
    done()
  })
}

/** The end of a route tells one method of the API from another: `/tables`, `/tables/:table`, `/data`. */
function methodOf(route: string): string {
  const parts = route.split('/')
  return parts.at(-1)!.startsWith(':') ? `/${parts.slice(-2).join('/')}` : `/${parts.at(-1)}`
}

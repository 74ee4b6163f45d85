import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export interface CrossOriginOptions {
  /** Origins (`https://shop.example`) whose pages may call; `*`: all of them; none: no page of another site. */
  readonly origins: ReadonlySet<string>
}

const METHODS = 'POST'
/** What a request of ours may bring: its key, what it holds, its id. */
const HEADERS =
  'authorization, ce-id, ce-source, ce-specversion, ce-time, ce-type, content-encoding, content-type, idempotency-key, x-api-key, x-request-id'
const SHOWN = 'retry-after, x-request-id'
const SECONDS = '600'

/**
 * Lets pages of other sites call, as browsers ask for it (fetch.spec.whatwg.org/#http-cors-protocol). The question before a request
 * (OPTIONS) brings no key, so it is answered before anybody asks for one. No cookies: a key is a header.
 */
export const crossOrigin = fp(
  (app: FastifyInstance, { origins }: CrossOriginOptions, done: () => void) => {
    app.addHook('onRequest', (request, reply, next) => {
      const { origin } = request.headers
      if (origin === undefined || origins.size === 0) return next()
      void reply.header('vary', 'Origin')
      if (!origins.has('*') && !origins.has(origin)) return next()
      void reply.header('access-control-allow-origin', origins.has('*') ? '*' : origin)
      if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
        void reply.header('access-control-expose-headers', SHOWN)
        return next()
      }
      void reply
        .code(204)
        .headers({
          'access-control-allow-methods': METHODS,
          'access-control-allow-headers': HEADERS,
          'access-control-max-age': SECONDS,
        })
        .send()
    })
    done()
  },
  { name: 'cross-origin', fastify: '5.x' },
)

/** @throws Error for what is no origin: a browser sends scheme, host and port, and nothing behind them */
export function originsOf(list: string): ReadonlySet<string> {
  const origins = list
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
  for (const origin of origins)
    if (origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin))
      throw new Error(`an origin is like https://shop.example, or *, but is "${origin}"`)
  return new Set(origins)
}

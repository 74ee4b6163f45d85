import createError from '@fastify/error'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Allowances, type Limits } from './allowances.ts'
import type { ApiKeys, Caller } from './api-keys.ts'
import { Busy } from './busy.ts'
import { NoCertificates, type VerifyToken } from './identity-tokens.ts'
import { Pacer } from './pacer.ts'
import { Shares } from './shares.ts'
import { SpreadTurns } from './spread-turns.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request; null on the routes that need nobody. */
    caller: Caller | null
  }
  interface FastifyInstance {
    allowances: Allowances
    refusals: Pacer
    spreadTurns: SpreadTurns
  }
}

export interface AccessOptions {
  readonly keys: ApiKeys
  /** Absent: no tokens are taken. */
  readonly verifyToken?: VerifyToken | undefined
  /** Whose tokens are taken. */
  readonly emails: ReadonlySet<string>
  readonly limits: Limits
}

const Unauthorized = createError<[string]>('UNAUTHORIZED', '%s', 401)
const Forbidden = createError<[string]>('FORBIDDEN', '%s', 403)
const TooMuch = createError<[string, number]>(
  'TOO_MUCH',
  'more than the limits of %s allow; send the request again in %d s',
  429,
)
const Unknown = createError<[{ cause: unknown }]>(
  'NO_CERTIFICATES',
  'identity tokens cannot be checked at the moment; send the request again',
  503,
)

/** What a platform asks for, and what says no more than is published anyway. */
const OPEN = /^\/(|health|liveness|readiness|docs(\/.*)?)$/
const OPEN_PER_SECOND = 200
const REFUSALS_PER_SECOND = 20
/** Beyond them, late. Who is refused sends again; who looks at the health of an instance does not wait for others who do. */
const LATE_REFUSALS_PER_SECOND = 100
/**
 * Requests of one caller that wait for their turn: with the 16 that need not wait they are 80, as many as Cloud Run gives an instance at
 * a time. The engine copies what waits when it looks for garbage, and keeps what it meets twice until it looks through the whole heap: 64
 * wait for 64 ms, which is less than from one look to the next.
 */
const MOST_WAITING_OF_ONE = 64
/** Those of all callers: so many that one who has as many as it may takes none from another. */
const MOST_WAITING = 8 * MOST_WAITING_OF_ONE
/** Nobody's name: keys have one, and e-mail addresses have an @. */
const STRANGERS = ''

/** What Cloud Run leaves of a token that it has checked itself (cloud.google.com/run/docs/troubleshooting#signature-removed). */
const CHECKED_BY_CLOUD_RUN = /\.SIGNATURE_REMOVED_BY_GOOGLE$/

/**
 * Nothing but health and the API's description is open: every other request brings a key that is known (`X-API-Key`) or a
 * Google identity token (`Authorization: Bearer`) of somebody who is, and is within its caller's limits. Judged before the body
 * is read.
 */
export const access = fp(
  (app: FastifyInstance, { keys, verifyToken, emails, limits }: AccessOptions, done: () => void) => {
    const allowances = new Allowances(limits)
    const refusals = new Pacer(REFUSALS_PER_SECOND, LATE_REFUSALS_PER_SECOND)
    const open = new Pacer(OPEN_PER_SECOND)
    const waiting = new Shares(MOST_WAITING, MOST_WAITING_OF_ONE)
    const turns = new SpreadTurns()
    app.decorateRequest('caller', null)
    app.decorate('allowances', allowances)
    app.decorate('refusals', refusals)
    app.decorate('spreadTurns', turns)
    // a connection sends the same key again and again: it is hashed once, and only compared with what the connection itself sent
    const lastOf = new WeakMap<object, { readonly key: string; readonly caller: Caller }>()
    app.addHook('onRequest', (request, reply, next) => {
      if (OPEN.test(request.url.split('?', 1)[0]!)) {
        open.pace(STRANGERS, next)
        return
      }
      // an error has its stack: it is made when it is answered, and not held until then
      const refuse = (errorOf: () => Error, name = STRANGERS): void =>
        refusals.pace(name, () => next(errorOf()))
      const admit = (caller: Caller): void => {
        const { name } = caller
        if (!waiting.take(name, 1)) {
          void reply.header('retry-after', 1)
          refuse(() => new Busy(), name)
          return
        }
        const begin = (): void => {
          waiting.give(name, 1)
          next()
        }
        const now = performance.now()
        const waitMs = allowances.request(caller, now)
        if (waitMs > 0) {
          waiting.give(name, 1)
          const seconds = Math.ceil(waitMs / 1000)
          void reply.header('retry-after', seconds)
          refuse(() => new TooMuch(name, seconds), name)
          return
        }
        request.caller = caller
        const turnMs = allowances.turn(caller, now)
        if (turnMs === 0) begin()
        else turns.after(turnMs, begin)
      }
      const key = request.headers['x-api-key']
      if (typeof key !== 'string') {
        callerOf(request).then(admit, (error: Error) => refuse(() => error))
        return
      }
      const last = lastOf.get(request.raw.socket)
      const caller = last?.key === key ? last.caller : keys.callerOf(key)
      if (!caller) {
        refuse(() => new Unauthorized('the key in X-API-Key is not known'))
        return
      }
      if (caller !== last?.caller) lastOf.set(request.raw.socket, { key, caller })
      admit(caller)
    })
    done()

    async function callerOf({ headers, log, id }: FastifyRequest): Promise<Caller> {
      const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
      if (token === undefined)
        throw new Unauthorized('a key in X-API-Key or a Google identity token in Authorization is needed')
      if (!verifyToken) throw new Unauthorized('identity tokens are not taken here')
      if (CHECKED_BY_CLOUD_RUN.test(token))
        throw new Unauthorized(
          'Cloud Run has checked the token in Authorization and removed its signature: send it as X-Serverless-Authorization too ' +
            '("Bearer TOKEN" in both headers), then the one in Authorization arrives as it is',
        )
      let email: string
      try {
        email = await verifyToken(token)
      } catch (error) {
        if (error instanceof NoCertificates) throw new Unknown({ cause: error })
        // the reason may quote the token
        log.info({ request_id: id, reason: (error as Error).name }, 'an identity token was refused')
        throw new Unauthorized('the identity token is not valid for this service')
      }
      if (!emails.has(email)) throw new Forbidden('the owner of the identity token may not publish here')
      return { name: email }
    }
  },
  { name: 'access', fastify: '5.x' },
)

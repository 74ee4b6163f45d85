import createError from '@fastify/error'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ApiKeys, Caller } from './api-keys.ts'
import type { VerifyToken } from './identity-tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request; null on the routes that need nobody. */
    caller: Caller | null
  }
}

export interface AccessOptions {
  readonly keys: ApiKeys
  /** Absent: no tokens are taken. */
  readonly verifyToken?: VerifyToken | undefined
  /** Whose tokens are taken. */
  readonly emails: ReadonlySet<string>
}

const Unauthorized = createError<[string]>('UNAUTHORIZED', '%s', 401)
const Forbidden = createError<[string]>('FORBIDDEN', '%s', 403)

/** What a platform asks for, and what says no more than is published anyway. */
const OPEN = /^\/(health|liveness|readiness|docs(\/.*)?)$/

/**
 * Nothing but health and the API's description is open: every other request brings a key that is known (`X-API-Key`) or a
 * Google identity token (`Authorization: Bearer`) of somebody who is. Judged before the body is read.
 */
export const access = fp(
  (app: FastifyInstance, { keys, verifyToken, emails }: AccessOptions, done: () => void) => {
    app.decorateRequest('caller', null)
    // a connection sends the same key again and again: it is hashed once, and only compared with what the connection itself sent
    const lastOf = new WeakMap<object, { readonly key: string; readonly caller: Caller }>()
    app.addHook('onRequest', (request, _reply, next) => {
      if (OPEN.test(request.url.split('?', 1)[0]!)) {
        next()
        return
      }
      const key = request.headers['x-api-key']
      if (typeof key !== 'string') {
        callerOf(request).then((caller) => {
          request.caller = caller
          next()
        }, next)
        return
      }
      const last = lastOf.get(request.raw.socket)
      const caller = last?.key === key ? last.caller : keys.callerOf(key)
      if (!caller) {
        next(new Unauthorized('the key in X-API-Key is not known'))
        return
      }
      if (caller !== last?.caller) lastOf.set(request.raw.socket, { key, caller })
      request.caller = caller
      next()
    })
    done()

    async function callerOf({ headers, log, id }: FastifyRequest): Promise<Caller> {
      const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
      if (token === undefined)
        throw new Unauthorized('a key in X-API-Key or a Google identity token in Authorization is needed')
      if (!verifyToken) throw new Unauthorized('identity tokens are not taken here')
      let email: string
      try {
        email = await verifyToken(token)
      } catch (error) {
        // the reason may quote the token
        log.info({ request_id: id, reason: (error as Error).name }, 'an identity token was refused')
        throw new Unauthorized('the identity token is not valid for this service')
      }
      if (!emails.has(email)) throw new Forbidden('the owner of the identity token may not publish here')
      return { name: email, requestsPerMinute: undefined }
    }
  },
  { name: 'access', fastify: '5.x' },
)

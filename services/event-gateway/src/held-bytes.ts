import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const Busy = createError('BUSY', 'too much is being taken at the moment; try again', 503)

export interface HeldBytesOptions {
  /** Bytes of bodies at a time. */
  readonly mostBytes: number
  /** What a request without Content-Length counts as. */
  readonly bodyLimit: number
}

/** Keeps memory within its bounds: a request that finds no room is told so before its body is read. */
export const heldBytes = fp(
  (app: FastifyInstance, { mostBytes, bodyLimit }: HeldBytesOptions, done: () => void) => {
    let held = 0
    app.addHook('onRequest', (request, reply, next) => {
      if (request.method !== 'POST') {
        next()
        return
      }
      const length = Number(request.headers['content-length'] ?? bodyLimit)
      // what comes packed may unpack to the limit
      const isPacked = request.headers['content-encoding'] !== undefined
      const size = isPacked || !Number.isFinite(length) ? bodyLimit : Math.min(length, bodyLimit)
      if (held + size > mostBytes) {
        void reply.header('retry-after', '1')
        next(new Busy())
        return
      }
      held += size
      reply.raw.once('close', () => (held -= size))
      next()
    })
    done()
  },
  { name: 'held-bytes', fastify: '5.x' },
)

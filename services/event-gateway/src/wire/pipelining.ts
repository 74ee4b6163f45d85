import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Clients that send requests before they have the answers to others are few, and have few of them. */
const MOST = 16

/** Ends a connection that brings more requests at once: Node would begin them all in one turn. */
export const pipelining = fp(
  (app: FastifyInstance, _options: object, done: () => void) => {
    const underWay = new WeakMap<object, number>()
    app.addHook('onRequest', (request, reply, next) => {
      const { socket } = request.raw
      const count = (underWay.get(socket) ?? 0) + 1
      underWay.set(socket, count)
      if (count > MOST) {
        reply.hijack()
        socket.destroy()
        return
      }
      next()
    })
    app.addHook('onResponse', ({ raw: { socket } }, _reply, next) => {
      underWay.set(socket, (underWay.get(socket) ?? 1) - 1)
      next()
    })
    done()
  },
  { name: 'pipelining', fastify: '5.x' },
)

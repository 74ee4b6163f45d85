import type { FastifyReply, FastifyRequest } from 'fastify'

/** 308 with what is kept so far; some clients ask for 200 in its place, as 308 means something else to their libraries. */
export function sendOpen(received: number, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (received > 0) reply.header('range', `bytes=0-${received - 1}`)
  if (request.headers['x-guploader-no-308'] === undefined) return reply.code(308).send()
  return reply.code(200).header('x-http-status-code-override', '308').send()
}

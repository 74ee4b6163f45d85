import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FAULT_POINTS, type FaultPoint } from './fault-plan.ts'
import type { Faults } from './faults.ts'

/** Which fault point a request passes; undefined: none. */
export type PointOf = (request: FastifyRequest) => FaultPoint | undefined

/** Puts the faults of the plan in the way of HTTP requests. An error that is injected goes through the app's own handler. */
export function addHttpFaults(app: FastifyInstance, faults: Faults, pointOf: PointOf): void {
  const lost = new WeakMap<FastifyRequest, 'drop' | 'stall'>()
  const closing = new AbortController()
  app.addHook('preClose', (done) => {
    closing.abort()
    done()
  })
  app.addHook('preHandler', async (request, reply) => {
    const point = pointOf(request)
    const fault = point && faults.at(point)
    if (!fault) return
    // what waits when all ends is not done any more
    if (fault.kind === 'delay') await sleep(fault.ms, undefined, { signal: closing.signal })
    else if (fault.kind === 'drop') drop(request, reply)
    else if (fault.kind === 'lose_answer') lost.set(request, 'drop')
    else if (fault.kind === 'stall') lost.set(request, 'stall')
    else throw fault.error
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    // done, and nobody hears of it
    const how = lost.get(request)
    lost.delete(request)
    if (how === 'drop') drop(request, reply)
    else if (how === 'stall') reply.hijack()
    else done(null, payload)
  })
}

function drop(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  request.raw.socket.destroy()
}

/** `PUT /local-cloud/faults` sets a plan, `GET` tells what struck, `DELETE` ends it. */
export function addFaultsRest(app: FastifyInstance, faults: Faults): void {
  const told = () => ({ plan: faults.plan ?? null, injected: faults.injected(), points: FAULT_POINTS })
  app.get('/local-cloud/faults', told)
  app.put('/local-cloud/faults', async (request, reply) => {
    try {
      faults.set(request.body)
    } catch (error) {
      return reply
        .code(400)
        .send({ error: { code: 400, message: (error as Error).message, status: 'INVALID_ARGUMENT' } })
    }
    return told()
  })
  app.delete('/local-cloud/faults', () => {
    faults.clear()
    return told()
  })
}

export const pubsubPoint: PointOf = ({ method, url }) => {
  if (url.startsWith('/local-cloud/') || url === '/') return undefined
  return method === 'POST' && url.split('?')[0]!.endsWith(':publish') ? 'pubsub.publish' : 'pubsub.admin'
}

const POINTS: Readonly<Record<string, FaultPoint>> = {
  'POST /insertAll': 'bigquery.insert_all',
  'POST /queries': 'bigquery.query',
  'POST /jobs': 'bigquery.query',
  'POST /tables': 'bigquery.insert_table',
  'GET /:table': 'bigquery.get_table',
  'PATCH /:table': 'bigquery.patch_table',
  'DELETE /:table': 'bigquery.delete_table',
}

export const bigqueryPoint: PointOf = ({ method, routeOptions }) => {
  const route = routeOptions.url ?? ''
  if (!route.includes('/projects')) return undefined
  return POINTS[`${method} ${route.slice(route.lastIndexOf('/'))}`] ?? 'bigquery.other'
}

export const objectsPoint: PointOf = ({ method, url }) => {
  if (url === '/') return undefined
  return method === 'GET' || method === 'HEAD' ? 'objects.read' : 'objects.write'
}

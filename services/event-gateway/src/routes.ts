import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Publisher } from '@tablestream/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { EVENT_COST } from './access/allowances.ts'
import { Answer, contents, Headers, NotAll, parameters, Query, REFUSALS } from './api.ts'
import type { Bulk } from './bulk.ts'
import { Busy } from './access/busy.ts'
import { heard, type ToldError } from './told-error.ts'
import type { EventRequest, Outcome } from './judge/event-request.ts'
import { isSmall, relevant } from './judge/is-small.ts'
import { ReadTurns } from './wire/read-turns.ts'
import { Gone, receiveBody } from './wire/receive-body.ts'
import type { Shares } from './access/shares.ts'
import { takeSmall } from './take-request.ts'
import { isPacked } from './wire/unpack.ts'
import { PIECE, writeTurns } from './wire/write-turns.ts'

export interface RouteOptions {
  readonly publisher: Publisher
  readonly bulk: Bulk
  readonly maxBodyBytes: number
  readonly heldBytes: Shares
  readonly requests: Shares
  readonly now: () => Date
  readonly counted: (outcome: Pick<Outcome, 'taken' | 'refused'>) => void
}

/** `POST /events` takes events of any type, `POST /events/:type` of one. */
export const routes: FastifyPluginCallbackTypebox<RouteOptions> = (app, options, done) => {
  const { publisher, bulk, maxBodyBytes, heldBytes, requests, now } = options
  const turns = new ReadTurns()
  const { spreadTurns } = app
  // what is published alone costs more than to take it
  const together: Publisher = {
    ...publisher,
    async publish(messages, lane) {
      await spreadTurns.begun
      return publisher.publish(messages, lane)
    },
  }
  // what a body is, its Content-Type tells: bodies are read here
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))

  const body = { content: contents() }
  const response = { 200: Answer, ...REFUSALS, 400: NotAll, 503: NotAll }
  app.post(
    '/events',
    { schema: { summary: 'Takes events of any type', querystring: Query, headers: Headers, body, response } },
    (request, reply) => take(request, reply as FastifyReply, undefined),
  )
  app.post(
    '/events/:type',
    {
      schema: {
        summary: 'Takes events of one type, which they then need not name',
        params: parameters(),
        querystring: Query,
        headers: Headers,
        body,
        response,
      },
    },
    (request, reply) => take(request, reply as FastifyReply, request.params.type),
  )
  done()

  async function take(
    request: FastifyRequest,
    reply: FastifyReply,
    type: string | undefined,
  ): Promise<never> {
    const caller = request.caller!
    const { name } = caller
    // who had to wait for its turn may have gone meanwhile, and nothing will tell of that again
    if (reply.raw.closed) throw new Gone()
    if (!requests.take(name, 1)) return busy(reply, name)
    let held = 0
    // who closes its connection has its events here all the same, until Pub/Sub has them
    let holders = 2
    const release = (): void => {
      if (--holders > 0) return
      requests.give(name, 1)
      heldBytes.give(name, held)
    }
    reply.raw.once('close', release)
    const arrived = (bytes: number): void => {
      if (!heldBytes.take(name, bytes)) throw new Busy()
      held += bytes
    }
    // until it is there, an answer has the room of the body that it is about, and more where it may be larger
    const answers = (bytes: number): void => {
      const more = Math.min(bytes, heldBytes.mostOfOne / 2) - held
      if (more > 0) arrived(more)
    }
    let received = 0
    const { headers, body: stream } = request
    const event: EventRequest = {
      caller: name,
      headers,
      type,
      isPartial: (request.query as { partial?: boolean }).partial === true,
      now: now().getTime(),
    }
    try {
      const pieces = await receiveBody(
        stream as IncomingMessage | undefined,
        maxBodyBytes,
        arrived,
        (bytes, readOn) => turns.mustWait(name, bytes, readOn),
      )
      received = held
      const small = isSmall(headers, pieces)
      const outcome = small
        ? await takeSmall(event, small, together)
        : await bulk.take({ ...event, headers: relevant(headers), pieces }, answers)
      // what has to be sent again for no fault of its own costs no more than its bytes
      spend(
        outcome.status === 503 ? received : Math.max(received, outcome.bytes) + outcome.events * EVENT_COST,
      )
      options.counted(outcome)
      void reply.code(outcome.status)
      if (outcome.status === 503) void reply.header('retry-after', '1')
      if (outcome.problem) logProblem(request, outcome.problem)
      if ('answer' in outcome) return reply.send(outcome.answer) as never
      // written already, where it held up nobody
      const { buffer, byteOffset, byteLength } = outcome.text
      const text = Buffer.from(buffer, byteOffset, byteLength)
      // of the body nothing is left; who does not read its answer has it here
      heldBytes.give(name, held - text.length)
      held = text.length
      void reply.type('application/json; charset=utf-8').header('content-length', text.length)
      return reply.send(text.length > PIECE ? writeTurns(text) : text) as never
    } catch (error) {
      const { statusCode } = error as { statusCode?: number }
      if (statusCode === 503) void reply.header('retry-after', '1')
      // what was refused as a whole may have been unpacked before
      spend(statusCode !== 503 && isPacked(headers['content-encoding']) ? maxBodyBytes : received || held)
      if (error instanceof Busy) return busy(reply, name)
      throw error
    } finally {
      release()
    }

    function spend(cost: number): void {
      app.allowances.spend(caller, cost, performance.now())
    }
  }

  function logProblem({ id, log, routeOptions }: FastifyRequest, problem: ToldError): void {
    log.error({ request_id: id, err: heard(problem), url: routeOptions.url }, 'Pub/Sub did not take all')
  }

  async function busy(reply: FastifyReply, name: string): Promise<never> {
    void reply.header('retry-after', '1')
    await new Promise<void>((resolve) => app.refusals.pace(name, resolve))
    throw new Busy()
  }
}

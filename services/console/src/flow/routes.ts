import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Flow } from '../api/flow.ts'
import type { MarkKeeper } from './marks.ts'
import type { LedgerKeeper } from './ledger-keeper.ts'
import { sendEvents } from './send-events.ts'
import type { FlowParts } from './tell-flow.ts'
import type { WhyWaiting } from './why-waiting.ts'

/** Where figures come from. */
export interface FlowFigures {
  /** Milliseconds since 1970: the end of the newest step of the curves. */
  readonly at: number | undefined
  readonly tell: (parts: Omit<FlowParts, 'sampler'>) => Flow
  readonly whyWaiting: WhyWaiting
}

export interface FlowRouteOptions {
  readonly figures: FlowFigures
  readonly ledger: LedgerKeeper
  readonly marks: MarkKeeper
  readonly now: () => number
}

const EVERY_MS = 2000
/** Cloud Run cuts a request after an hour, and counts that as a 504. A browser opens the stream again. */
const STREAM_MS = 55 * 60_000
/** Each stream holds a connection; a browser opens one for each page that it shows. */
const MOST_STREAMS = 50

export const flowRoutes: FastifyPluginCallbackTypebox<FlowRouteOptions> = (app, options, done) => {
  const { figures, ledger, marks, now } = options
  const closing = new AbortController()
  let streams = 0
  app.addHook('preClose', (closed) => {
    closing.abort()
    closed()
  })
  const tell = (after?: number): Flow =>
    figures.tell({ ledger: ledger.get(), marks: marks.get(), now: now(), after })

  app.get(
    '/api/flow',
    {
      schema: { summary: 'What goes through the pipeline, and the last hour of it', response: { 200: Flow } },
    },
    () => tell(),
  )
  app.get(
    '/api/flow/stream',
    {
      schema: {
        summary:
          'The same as server-sent events, every 2 s; the curves have the steps since the event before',
        produces: ['text/event-stream'],
      },
    },
    async (_request, reply) => {
      if (streams >= MOST_STREAMS)
        return reply.code(503).send({ statusCode: 503, message: 'too many streams' })
      streams++
      const stopped = new AbortController()
      reply.raw.once('close', () => {
        streams--
        stopped.abort()
      })
      const signal = AbortSignal.any([stopped.signal, closing.signal, AbortSignal.timeout(STREAM_MS)])
      reply.hijack()
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      let after = figures.at ?? 0
      const next = () => {
        const flow = tell(after)
        after = figures.at ?? after
        return flow
      }
      await sendEvents(reply.raw, 'flow', { next, everyMs: EVERY_MS, signal })
      reply.raw.end()
      return reply
    },
  )
  done()
}

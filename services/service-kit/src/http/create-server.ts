import { randomUUID } from 'node:crypto'
import Fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifySchemaValidationError,
} from 'fastify'
import type { Logger } from 'pino'

export interface ServerOptions {
  readonly logger: Logger
  /** Bytes of the largest body that is taken. */
  readonly bodyLimit?: number
  /** Milliseconds from the first byte of a request to its last. */
  readonly requestTimeoutMs?: number
  /** Characters that one part of a path may have. */
  readonly maxParamLength?: number
  /** What is answered in place of an error, say of a client of Google's. */
  readonly answerOf?: (error: Error) => Error
  /** Whether an answer of 500 or more tells of no fault here: it is not logged. */
  readonly isNoFault?: (error: Error) => boolean
}

const LONGEST_VALUE = 200
const REQUEST_ID = /^[\w.:-]{1,100}$/
/** Cloud Run ends a request after 60 s: who has not sent it by then holds a place for nothing. */
const REQUEST_TIMEOUT_MS = 60_000
const HEADERS_TIMEOUT_MS = 15_000
/** A connection on which nothing moves, whatever it waits for. */
const CONNECTION_TIMEOUT_MS = 120_000
/** How often connections are looked at for these. */
const CHECK_MS = 5000
/** The same while the server closes. */
const CLOSING_CHECK_MS = 20

/** A Fastify server as every service has it: no line for each request, and answers that name path, rule and value. */
export function createServer({
  logger,
  bodyLimit = 1 << 20,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  maxParamLength = 100,
  answerOf = (error) => error,
  isNoFault = () => false,
}: ServerOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // a logger for each request costs more than most requests: the few lines that are about one name it themselves
    childLoggerFactory: (parent) => parent,
    bodyLimit,
    routerOptions: { maxParamLength },
    requestTimeout: requestTimeoutMs,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeoutMs),
    },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    ajv: { customOptions: { verbose: true, allErrors: true, strict: false } },
    schemaErrorFormatter: (errors, where) =>
      new Error(errors.map((error) => describe(error, where)).join('; ')),
  })
  app.addHook('onError', (request, reply, error, done) => {
    // an answer that was on its way to somebody who has gone: anybody could fill the log by it
    const hasGone = reply.raw.destroyed && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    // the answer has its status only after this hook
    if (statusOf(answerOf(error)) >= 500 && !hasGone && !isNoFault(error))
      request.log.error(
        { request_id: request.id, err: error, url: request.routeOptions.url },
        'request failed',
      )
    done()
  })
  let closing: NodeJS.Timeout | undefined
  app.addHook('preClose', (done) => {
    // Node closes those that are idle when the server begins to close; one whose last answer goes out after that would stay
    closing = setInterval(() => app.server.closeIdleConnections(), CLOSING_CHECK_MS)
    done()
  })
  app.addHook('onClose', (_instance, done) => {
    clearInterval(closing)
    done()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = answerOf(error)
    if (statusOf(answer) !== 500) return reply.send(answer)
    // what nobody expected may say anything, of anybody: it is in the log, under the id that the answer has
    return reply.code(500).send({
      statusCode: 500,
      code: 'INTERNAL',
      error: 'Internal Server Error',
      message: `the request failed here, and not for what is in it; the log has it as ${request.id}`,
    })
  })
  return app as unknown as FastifyInstance
}

function statusOf(error: Error): number {
  return (error as Partial<FastifyError>).statusCode ?? 500
}

function describe(error: FastifySchemaValidationError, where: string): string {
  const value = JSON.stringify((error as { data?: unknown }).data)
  const shown =
    value === undefined || error.keyword === 'required' ? '' : `, but is ${value.slice(0, LONGEST_VALUE)}`
  return `${where}${error.instancePath} ${error.message}${shown}`
}

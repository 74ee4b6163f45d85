import { randomUUID } from 'node:crypto'
import Fastify, { LogController, type FastifyInstance, type FastifySchemaValidationError } from 'fastify'
import type { Logger } from 'pino'

export interface ServerOptions {
  readonly logger: Logger
  /** Bytes of the largest body that is taken. */
  readonly bodyLimit?: number
}

const LONGEST_VALUE = 200
const REQUEST_ID = /^[\w.:-]{1,100}$/

/** A Fastify server as every service has it: no line for each request, and answers that name path, rule and value. */
export function createServer({ logger, bodyLimit = 1 << 20 }: ServerOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // a logger for each request costs more than most requests: the few lines that are about one name it themselves
    childLoggerFactory: (parent) => parent,
    bodyLimit,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    ajv: { customOptions: { verbose: true, allErrors: true, strict: false } },
    schemaErrorFormatter: (errors, where) =>
      new Error(errors.map((error) => describe(error, where)).join('; ')),
  })
  app.addHook('onError', (request, _reply, error, done) => {
    // the answer has its status only after this hook
    if ((error.statusCode ?? 500) >= 500)
      request.log.error(
        { request_id: request.id, err: error, url: request.routeOptions.url },
        'request failed',
      )
    done()
  })
  return app as unknown as FastifyInstance
}

function describe(error: FastifySchemaValidationError, where: string): string {
  const value = JSON.stringify((error as { data?: unknown }).data)
  const shown =
    value === undefined || error.keyword === 'required' ? '' : `, but is ${value.slice(0, LONGEST_VALUE)}`
  return `${where}${error.instancePath} ${error.message}${shown}`
}

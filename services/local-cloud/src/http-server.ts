import Fastify, { type FastifyInstance } from 'fastify'
import { addAccessTokens, TOKEN_PATH } from './access-tokens.ts'
import { toGoogleError, unsupported } from './google-error.ts'
import { LARGEST_REQUEST } from './grpc/grpc-server.ts'
import { addGzipBodies } from './gzip-body.ts'
import { addHttpGuard } from './http-guard.ts'

/**
 * An app that no web page reaches, and that takes JSON.
 *
 * @param takesBytes paths under which a body may be of any type
 */
export function httpServer(hosts: readonly string[], takesBytes?: (url: string) => boolean): FastifyInstance {
  const app = Fastify({
    bodyLimit: LARGEST_REQUEST,
    forceCloseConnections: true,
    // a name of an object has 1,024 bytes, each of them three characters in a URL
    routerOptions: { maxParamLength: 4000 },
  })
  addHttpGuard(app, hosts, (url) => url === TOKEN_PATH || takesBytes?.(url) === true)
  addGzipBodies(app, (url) => takesBytes?.(url) === true)
  addAccessTokens(app)
  // clients send an empty body with a JSON content type
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string))
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }))
    }
  })
  return app
}

/** Errors as Google's newer APIs word them, and a root that says Ok. */
export function addGoogleErrors(app: FastifyInstance): void {
  app.get('/', () => 'Ok\n')
  app.setErrorHandler((error, _request, reply) => {
    const badBody = (error as { statusCode?: number }).statusCode === 400
    const { httpStatus, status, message, info } = toGoogleError(error)
    const [code, name] = badBody ? [400, 'INVALID_ARGUMENT'] : [httpStatus, status]
    const details = info && [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }]
    void reply.code(code).send({ error: { code, message, status: name, ...(details && { details }) } })
  })
  app.setNotFoundHandler((request) => {
    throw unsupported(`${request.method} ${request.url.split('?')[0]}`)
  })
}

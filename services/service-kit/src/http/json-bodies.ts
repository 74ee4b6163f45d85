import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'

const NotJson = createError<[string]>('NOT_JSON', 'the body is not JSON: %s', 400)
const UnknownContentType = createError<[string]>(
  'UNKNOWN_CONTENT_TYPE',
  'Content-Type "%s" is not known: a body is application/json',
  415,
)

/** Bodies are JSON; one that is none is told where it goes wrong. */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, parsed) => {
    // a client may say that it sends JSON and send nothing
    if (body === '') {
      parsed(null, undefined)
      return
    }
    try {
      parsed(null, JSON.parse(body as string))
    } catch (error) {
      parsed(new NotJson((error as Error).message))
    }
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, ({ headers }, body, parsed) => {
    if (body === '') parsed(null, undefined)
    else parsed(new UnknownContentType(headers['content-type'] ?? ''))
  })
}

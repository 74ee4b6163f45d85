import type { FastifyInstance } from 'fastify'
import { addFrontPage } from '../front-page.ts'
import { GoogleError } from '../google-error.ts'
import type { Buckets } from './buckets.ts'
import { notSupported, StorageError, type StorageReason } from './errors.ts'
import { masked, readFieldMask } from './field-mask.ts'
import { NotModified } from './preconditions.ts'
import { queryOf, refuseUnknown } from './requests.ts'
import { addBuckets } from './rest-buckets.ts'
import { addObjects } from './rest-objects.ts'
import { addPublicReads } from './rest-public.ts'
import { addUploads } from './rest-uploads.ts'

/** Cloud Storage's JSON API. Methods that are not here answer 501 with their name. */
export function addStorageRest(app: FastifyInstance, buckets: Buckets): void {
  // an upload may be larger than the memory: bodies come as streams
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  // bodies are of any type; clients send such that are none, an empty one among them
  app.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type']
    if (type !== undefined && !MEDIA_TYPE.test(type))
      request.raw.headers['content-type'] = 'application/octet-stream'
    done()
  })
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof NotModified) return reply.code(304).send()
    const answer = toStorageError(error)
    if (answer.reason === 'internalError') app.log.error({ err: error }, 'Cloud Storage request failed')
    // what is left of the body would be read as the next request
    void reply.header('connection', 'close').code(answer.httpStatus).send(answer.body())
    return reply
  })
  app.setNotFoundHandler((request) => {
    refuseUnknown(request)
    throw notSupported(`${request.method} ${request.url.split('?')[0]}`)
  })
  app.addHook('preHandler', (request, _reply, done) => {
    refuseUnknown(request)
    const { fields } = queryOf(request)
    // before anything is done
    if (fields) readFieldMask(fields)
    done()
  })
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const { fields } = queryOf(request)
    const isPart = fields !== undefined && fields !== '' && reply.statusCode < 400
    done(null, isPart ? masked(payload, readFieldMask(fields)) : payload)
  })
  addFrontPage(app, {
    api: "Cloud Storage's JSON API",
    reference: 'https://cloud.google.com/storage/docs/json_api',
    tryPath: '/storage/v1/b?project=PROJECT',
    client: 'STORAGE_EMULATOR_HOST',
  })
  // clients that are told of an emulator leave the prefix out, or ask for bytes under another one
  for (const prefix of ['/storage/v1', '/download/storage/v1', '']) {
    app.register(
      (scope, _options, done) => {
        addBuckets(scope, buckets)
        addObjects(scope, buckets)
        done()
      },
      { prefix },
    )
  }
  addUploads(app, buckets)
  addPublicReads(app, buckets)
}

/** RFC 9110, 8.3.1. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/

const REASONS: Readonly<Record<number, StorageReason>> = {
  400: 'badRequest',
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  429: 'rateLimitExceeded',
  503: 'backendError',
}

function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const message = error instanceof Error ? error.message : String(error)
  const status =
    error instanceof GoogleError ? error.httpStatus : (error as { statusCode?: number }).statusCode
  return new StorageError(REASONS[status ?? 500] ?? 'internalError', message, { cause: error })
}

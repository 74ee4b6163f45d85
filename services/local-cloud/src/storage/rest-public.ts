import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Buckets } from './buckets.ts'
import { sendContent } from './download.ts'
import { notSupported, StorageError } from './errors.ts'

/** What the XML API says of what is not there (docs.cloud.google.com/storage/docs/xml-api/reference-status). */
const ERRORS = {
  NoSuchBucket: [404, 'The specified bucket does not exist.'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  InvalidRange: [416, 'The requested range cannot be satisfied.'],
} as const

/** Where the other APIs are: what is not done of them is refused by name, and is no bucket. */
const OTHERS = new Set(['b', 'batch', 'download', 'projects', 'resumable', 'storage', 'upload'])

/**
 * `GET /BUCKET/OBJECT`: the address of an object that is public, as `publicUrl()` and browsers have it. Everything is public here, as
 * nobody is asked who he is. This is all that there is of the XML API.
 */
export function addPublicReads(app: FastifyInstance, buckets: Buckets): void {
  app.get('/:bucket/*', (request, reply) => {
    const { bucket, '*': name } = request.params as { readonly bucket: string; readonly '*': string }
    if (OTHERS.has(bucket) || name === '')
      throw notSupported(`${request.method} ${request.url.split('?')[0]}`)
    if (!buckets.all().some((each) => each.name === bucket)) return refuse(reply, 'NoSuchBucket')
    const object = buckets.objects(bucket).get(name)
    if (!object) return refuse(reply, 'NoSuchKey')
    try {
      return sendContent(request, reply, object, buckets.files.path(object))
    } catch (error) {
      if (error instanceof StorageError && error.httpStatus === 416) return refuse(reply, 'InvalidRange')
      throw error
    }
  })
}

function refuse(reply: FastifyReply, code: keyof typeof ERRORS): FastifyReply {
  const [status, message] = ERRORS[code]
  const xml = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return reply.code(status).type('application/xml; charset=UTF-8').send(xml)
}

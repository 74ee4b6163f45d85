import { copyFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Buckets } from './buckets.ts'
import { compose, type ComposeRequest } from './compose.ts'
import { sendContent } from './download.ts'
import { notSupported } from './errors.ts'
import { listObjects } from './listing.ts'
import { checkObjectName } from './names.ts'
import { changeSettings, etagOf, objectResource, type StoredObject } from './object-metadata.ts'
import { checkETags, checkPreconditions, numberOf, preconditionsOf } from './preconditions.ts'
import { jsonOf, queryOf, rootOf, type Body } from './requests.ts'

interface Params {
  readonly bucket: string
  readonly object: string
  readonly toBucket: string
  readonly toObject: string
}

const paramsOf = (request: FastifyRequest): Params => request.params as Params

/** objects.* of the JSON API, without the uploads. */
export function addObjects(app: FastifyInstance, buckets: Buckets): void {
  const found = (request: FastifyRequest) => {
    const { bucket, object } = paramsOf(request)
    return buckets.object(bucket, object, numberOf('generation', queryOf(request)['generation']))
  }
  app.get('/b/:bucket/o', (request) => {
    const query = queryOf(request)
    const { items, prefixes, nextPageToken } = listObjects(buckets.objects(paramsOf(request).bucket), {
      ...query,
      includeTrailingDelimiter: query['includeTrailingDelimiter']?.toLowerCase() === 'true',
      maxResults: numberOf('maxResults', query['maxResults']) ?? 0,
    })
    return {
      kind: 'storage#objects',
      ...(nextPageToken !== undefined && { nextPageToken }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(items.length > 0 && { items: items.map((item) => objectResource(item, rootOf(request))) }),
    }
  })
  const one = '/b/:bucket/o/:object'
  app.get(one, (request, reply) => {
    const object = found(request)
    checkPreconditions(preconditionsOf(queryOf(request)), object, true)
    checkETags(request.headers, etagOf(object))
    return queryOf(request)['alt'] === 'media'
      ? sendContent(request, reply, object, buckets.files.path(object))
      : objectResource(object, rootOf(request))
  })
  app.patch(one, async (request) => {
    const body = await jsonOf(request)
    const object = found(request)
    checkPreconditions(preconditionsOf(queryOf(request)), object)
    return objectResource(buckets.changeObject(object, body), rootOf(request))
  })
  app.put(one, () => {
    throw notSupported('objects.update (objects.patch does the same for the fields that are sent)')
  })
  app.delete(one, (request, reply) => {
    const object = found(request)
    checkPreconditions(preconditionsOf(queryOf(request)), object)
    buckets.deleteObject(object)
    return reply.code(204).send()
  })
  addCopies(app, buckets)
}

function addCopies(app: FastifyInstance, buckets: Buckets): void {
  const copy = async (request: FastifyRequest) => {
    const query = queryOf(request)
    const { bucket, object, toBucket, toObject } = paramsOf(request)
    const body = await jsonOf(request)
    const source = buckets.object(bucket, object, numberOf('sourceGeneration', query['sourceGeneration']))
    checkPreconditions(preconditionsOf(query, true), source)
    const path = buckets.files.incoming()
    await copyFile(buckets.files.path(source), path)
    const { componentCount } = source
    return buckets.put({
      bucket: toBucket,
      name: checkObjectName(toObject),
      settings: settingsOfCopy(source, body),
      path,
      preconditions: preconditionsOf(query),
      ...(componentCount !== undefined && { componentCount }),
    })
  }
  const target = '/b/:bucket/o/:object/OP/b/:toBucket/o/:toObject'
  app.post(target.replace('OP', 'copyTo'), async (request) =>
    objectResource(await copy(request), rootOf(request)),
  )
  app.post(target.replace('OP', 'rewriteTo'), async (request) => {
    const copied = await copy(request)
    const size = String(copied.size)
    return {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: size,
      objectSize: size,
      done: true,
      resource: objectResource(copied, rootOf(request)),
    }
  })
  app.post('/b/:bucket/o/:object/moveTo/o/:toObject', async (request) => {
    const { bucket, object, toObject } = paramsOf(request)
    const query = queryOf(request)
    await jsonOf(request)
    const source = buckets.object(bucket, object)
    checkPreconditions(preconditionsOf(query, true), source)
    const name = checkObjectName(toObject)
    checkPreconditions(preconditionsOf(query), buckets.objects(bucket).get(name))
    return objectResource(buckets.move(source, name), rootOf(request))
  })
  app.post('/b/:bucket/o/:object/compose', async (request) => {
    const { bucket, object } = paramsOf(request)
    const body = (await jsonOf(request)) as ComposeRequest
    const preconditions = preconditionsOf(queryOf(request))
    const made = await compose(buckets, { bucket, name: checkObjectName(object), preconditions }, body)
    return objectResource(made, rootOf(request))
  })
}

/** A copy is described as its source is, or as the request says: then wholly. A new storage class alone changes nothing else. */
function settingsOfCopy({ settings }: StoredObject, body: Body): StoredObject['settings'] {
  const { storageClass: _, ...others } = changeSettings({}, body)
  // a hold is the object's own
  const { storageClass: __, temporaryHold: _held, eventBasedHold: _waits, ...same } = settings
  return changeSettings(Object.keys(others).length > 0 ? {} : same, body)
}

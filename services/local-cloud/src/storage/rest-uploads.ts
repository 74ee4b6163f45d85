import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readContentRange } from '../uploads/content-range.ts'
import { readRelated } from '../uploads/multipart.ts'
import { sendOpen } from '../uploads/resumable.ts'
import type { Buckets } from './buckets.ts'
import { StorageError } from './errors.ts'
import type { Hashes } from './hashes.ts'
import { checkObjectName } from './names.ts'
import { diskError } from './object-files.ts'
import { changeSettings, objectResource, type StoredObject } from './object-metadata.ts'
import { numberOf, preconditionsOf } from './preconditions.ts'
import {
  bytesOf,
  expectedHashes,
  jsonOf,
  LARGEST_MULTIPART,
  queryOf,
  rootOf,
  streamOf,
  type Body,
} from './requests.ts'
import { UploadSessions } from './upload-sessions.ts'

/** objects.insert: in one request, with or without metadata beside the bytes, or in pieces. */
export function addUploads(app: FastifyInstance, buckets: Buckets): void {
  const sessions = new UploadSessions(buckets)
  const path = 'upload/storage/v1/b/:bucket/o'
  for (const url of [`/${path}`, `/resumable/${path}`]) {
    app.post(url, async (request, reply) => {
      const { uploadType, upload_id: id } = queryOf(request)
      if (id !== undefined) return receive(sessions, id, request, reply)
      if (uploadType === 'resumable') return begin(sessions, request, reply)
      const put = { media: putMedia, multipart: putMultipart }[uploadType ?? '']
      if (!put)
        throw new StorageError('invalid', `Invalid upload type: ${uploadType}`, { location: 'uploadType' })
      return objectResource(await put(buckets, request), rootOf(request))
    })
    app.put(url, (request, reply) => receive(sessions, sessionOf(request), request, reply))
    app.delete(url, (request) => {
      sessions.cancel(sessionOf(request))
      throw new StorageError('clientClosedRequest', 'Client Closed Request')
    })
  }
}

function sessionOf(request: FastifyRequest): string {
  const id = queryOf(request)['upload_id']
  if (id === undefined)
    throw new StorageError('required', 'Required parameter: upload_id', { location: 'upload_id' })
  return id
}

async function putMedia(buckets: Buckets, request: FastifyRequest): Promise<StoredObject> {
  const path = buckets.files.incoming()
  const plan = planOf(request, {}, request.headers['content-type'])
  try {
    await pipeline(streamOf(request), createWriteStream(path))
  } catch (error) {
    throw diskError(error)
  }
  return buckets.put({ ...plan, path, expected: expectedHashes(request) })
}

async function putMultipart(buckets: Buckets, request: FastifyRequest): Promise<StoredObject> {
  const body = await bytesOf(request, LARGEST_MULTIPART)
  const { metadata, contentType, content } = readRelated(request.headers['content-type'] ?? '', body)
  const plan = planOf(request, metadata, contentType)
  const path = buckets.files.incoming()
  await writeFile(path, content).catch((error: unknown) => Promise.reject(diskError(error)))
  return buckets.put({ ...plan, path, expected: { ...plan.expected, ...expectedHashes(request) } })
}

async function begin(
  sessions: UploadSessions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { headers } = request
  const type = headers['x-upload-content-type'] as string | undefined
  const total = numberOf('X-Upload-Content-Length', headers['x-upload-content-length'] as string | undefined)
  const plan = planOf(request, await jsonOf(request), type)
  const id = sessions.begin({ ...plan, ...(total !== undefined && { total }) })
  const query = new URLSearchParams({ uploadType: 'resumable', name: plan.name, upload_id: id })
  const location = `${rootOf(request)}upload/storage/v1/b/${plan.bucket}/o?${query.toString()}`
  return reply.headers({ location, 'x-guploader-uploadid': id }).code(200).send()
}

async function receive(
  sessions: UploadSessions,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const range = readContentRange(request.headers['content-range'])
  const state = await sessions.receive(id, range, streamOf(request), expectedHashes(request))
  return state.kind === 'done'
    ? reply.send(objectResource(state.object, rootOf(request)))
    : sendOpen(state.received, request, reply)
}

function planOf(request: FastifyRequest, metadata: Body, contentType: string | undefined) {
  const query = queryOf(request)
  const { bucket } = request.params as { bucket: string }
  const { contentEncoding } = query
  const { crc32c, md5Hash } = metadata as Partial<Hashes>
  const settings = changeSettings(
    {},
    {
      ...(contentType !== undefined && { contentType }),
      ...metadata,
      ...(contentEncoding !== undefined && { contentEncoding }),
    },
  )
  return {
    bucket,
    name: checkObjectName(query['name'] ?? metadata['name']),
    settings,
    preconditions: preconditionsOf(query),
    expected: { ...(crc32c && { crc32c }), ...(md5Hash && { md5Hash }) },
  }
}

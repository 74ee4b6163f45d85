import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readRange } from './byte-range.ts'
import { etagOf, type StoredObject } from './object-metadata.ts'

/**
 * Answers with the bytes of an object, or with a part of them. What is kept as gzip goes out unpacked to callers who do not
 * take gzip (cloud.google.com/storage/docs/transcoding): then all of it.
 */
export function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  object: StoredObject,
  path: string,
): FastifyReply {
  const { settings, size, crc32c, md5Hash, generation, metageneration } = object
  const { contentEncoding, contentType, cacheControl, contentDisposition, contentLanguage } = settings
  const hashes = [`crc32c=${crc32c}`, ...(md5Hash === undefined ? [] : [`md5=${md5Hash}`])]
  const isUnpacked =
    contentEncoding === 'gzip' &&
    !/\bno-transform\b/.test(cacheControl ?? '') &&
    !/\bgzip\b|\*/.test(request.headers['accept-encoding'] ?? '')
  reply.headers({
    'content-type': contentType ?? 'application/octet-stream',
    etag: `"${etagOf(object)}"`,
    'last-modified': new Date(object.updated).toUTCString(),
    'cache-control': cacheControl ?? 'private, max-age=0',
    'accept-ranges': 'bytes',
    'x-goog-generation': String(generation),
    'x-goog-metageneration': String(metageneration),
    'x-goog-storage-class': settings.storageClass ?? 'STANDARD',
    'x-goog-hash': hashes.join(','),
    'x-goog-stored-content-encoding': contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(size),
    ...(contentDisposition !== undefined && { 'content-disposition': contentDisposition }),
    ...(contentLanguage !== undefined && { 'content-language': contentLanguage }),
    ...(contentEncoding !== undefined && !isUnpacked && { 'content-encoding': contentEncoding }),
  })
  if (isUnpacked) {
    reply.headers({ warning: '214 UploadServer gunzipped', vary: 'Accept-Encoding' })
    const packed = createReadStream(path)
    const unpacked = createGunzip()
    packed.on('error', (error) => unpacked.destroy(error))
    return reply.send(packed.pipe(unpacked))
  }
  const range = readRange(request.headers.range, size)
  if (!range) return reply.header('content-length', String(size)).send(createReadStream(path))
  const { start, end } = range
  reply.headers({
    'content-range': `bytes ${start}-${end}/${size}`,
    'content-length': String(end - start + 1),
  })
  return reply.code(206).send(createReadStream(path, { start, end }))
}

import type { FastifyRequest } from 'fastify'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { notSupported, StorageError } from './errors.ts'
import type { Hashes } from './hashes.ts'

export type Query = Readonly<Record<string, string | undefined>>
export type Body = Readonly<Record<string, unknown>>

const LARGEST_JSON = 1 << 20
/** An upload that is no stream of pieces is held in memory while its parts are told apart. */
export const LARGEST_MULTIPART = 1 << 30

export const queryOf = (request: FastifyRequest): Query => request.query as Query

/** `http://127.0.0.1:4443/`: by which name this is called. */
export const rootOf = (request: FastifyRequest): string => `http://${request.host}/`

/** The bytes of a body. @throws StorageError where they are more than `most` */
export async function bytesOf(request: FastifyRequest, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of streamOf(request)) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > most) throw new StorageError('badRequest', `The body has more than ${most} bytes.`)
  }
  return Buffer.concat(chunks)
}

/** A body as it comes; one that is compressed on its way (`gcloud storage cp --gzip-in-flight`) as it was before. */
export function streamOf(request: FastifyRequest): Readable {
  const sent = (request.body as Readable | undefined) ?? request.raw
  return request.headers['content-encoding'] === 'gzip' ? Readable.from(unzipped(sent)) : sent
}

/** @throws StorageError where the bytes are no gzip */
async function* unzipped(sent: Readable): AsyncGenerator<Buffer> {
  try {
    // what breaks the body breaks what is read of it
    for await (const chunk of pipeline(sent, createGunzip(), () => undefined)) yield chunk as Buffer
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    throw new StorageError('badRequest', 'The body is not gzip, as its Content-Encoding says.', {
      cause: error,
    })
  }
}

/** A body of JSON; none is an empty object. @throws StorageError */
export async function jsonOf(request: FastifyRequest): Promise<Body> {
  const text = (await bytesOf(request, LARGEST_JSON)).toString('utf8')
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  } catch (error) {
    throw new StorageError('badRequest', 'Parse Error', { cause: error })
  }
  throw new StorageError('badRequest', 'Parse Error')
}

/** What `X-Goog-Hash: crc32c=…,md5=…` says of the bytes. */
export function expectedHashes(request: FastifyRequest): Partial<Hashes> {
  const header = [request.headers['x-goog-hash'] ?? []].flat().join(',')
  const parts = header.split(',').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
  })
  const { crc32c, md5 } = Object.fromEntries(parts) as { crc32c?: string; md5?: string }
  return { ...(crc32c !== undefined && { crc32c }), ...(md5 !== undefined && { md5Hash: md5 }) }
}

/** Parameters and headers that would change what a call does, if they were heeded. */
const REFUSED_PARAMETERS = [
  'predefinedAcl',
  'destinationPredefinedAcl',
  'kmsKeyName',
  'destinationKmsKeyName',
  'filter',
]
const REFUSED_HEADERS = [
  'x-goog-encryption-algorithm',
  'x-goog-encryption-key',
  'x-goog-copy-source-encryption-key',
]
/** Of V4 and V2 signatures, and of those with a key of HMAC as S3 writes them; in any case of letters. */
const OF_SIGNED_URLS = /^(?:x-(?:goog|amz)-(?:algorithm|signature)|googleaccessid|awsaccesskeyid)$/i
const SWITCHES = ['softDeleted', 'enableObjectRetention']

/** @throws StorageError notImplemented that names what a request asks for in vain */
export function refuseUnknown(request: FastifyRequest): void {
  const query = queryOf(request)
  if (Object.keys(query).some((name) => OF_SIGNED_URLS.test(name)))
    throw notSupported('signed URLs: nobody here could sign one')
  for (const name of REFUSED_PARAMETERS) if (query[name]) throw notSupported(`the parameter ${name}`)
  for (const name of SWITCHES) if (query[name]?.toLowerCase() === 'true') throw notSupported(`${name}=true`)
  for (const name of REFUSED_HEADERS)
    if (request.headers[name] !== undefined) throw notSupported(`the header ${name}`)
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'gzip')
    throw notSupported(`the Content-Encoding ${encoding} of a body that is on its way`)
}

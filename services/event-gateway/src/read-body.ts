import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import createError from '@fastify/error'

const unzip = promisify(gunzip)

const TooLarge = createError<[number]>('BODY_TOO_LARGE', 'the body has more than %d bytes, unpacked', 413)
const UnknownEncoding = createError<[string]>(
  'UNKNOWN_ENCODING',
  'Content-Encoding "%s" is not known: send the body as it is, or with gzip',
  415,
)
const NotGzip = createError<[string]>('NOT_GZIP', 'the body is no gzip, as Content-Encoding says: %s', 400)

/** The body as it was before it was packed. A small body that unpacks to a huge one is ended at the limit. */
export async function readBody(body: Buffer, encoding: string, mostBytes: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  if (name !== 'gzip' && name !== 'x-gzip') throw new UnknownEncoding(name)
  try {
    return await unzip(body, { maxOutputLength: mostBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge(mostBytes)
    throw new NotGzip((error as Error).message)
  }
}

import { gunzipSync } from 'node:zlib'
import createError from '@fastify/error'

const TooLarge = createError<[number]>(
  'BODY_TOO_LARGE',
  'the body has more than %d bytes, unpacked; send its events in several requests',
  413,
)
const UnknownEncoding = createError<[string]>(
  'UNKNOWN_ENCODING',
  'Content-Encoding "%s" is not known: send the body as it is, or with gzip',
  415,
)
const NotGzip = createError<[string]>('NOT_GZIP', 'the body is no gzip, as Content-Encoding says: %s', 400)

export function isPacked(encoding: string | undefined): boolean {
  const name = nameOf(encoding)
  return name !== 'identity' && name !== ''
}

/** The body as it was before it was packed. A small body that unpacks to a huge one is ended at the limit. */
export function unpack(body: Buffer, encoding: string | undefined, mostBytes: number): Buffer {
  if (!isPacked(encoding)) return body
  const name = nameOf(encoding)
  if (name !== 'gzip' && name !== 'x-gzip') throw new UnknownEncoding(name)
  try {
    return gunzipSync(body, { maxOutputLength: mostBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge(mostBytes)
    throw new NotGzip((error as Error).message)
  }
}

function nameOf(encoding = ''): string {
  return encoding.trim().toLowerCase()
}

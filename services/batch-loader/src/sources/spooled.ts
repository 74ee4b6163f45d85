import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SourceError, type SourceObject } from '../formats/records.ts'
import { localFile } from './local-file.ts'
import { sourceErrorOf } from './source-error-of.ts'

/**
 * What can be read once only, as a temporary file: a load reads its sources twice. Its version is the hash of its bytes, so that the same
 * bytes are the same source.
 *
 * @throws SourceError where it cannot be read, or there is no room for it
 */
export async function spooled(input: Readable, uri: string): Promise<SourceObject> {
  const place = tmpdir()
  const folder = await mkdtemp(join(place, 'spooled-')).catch((error: unknown) => {
    throw notKept(error, uri, place)
  })
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'input')
    const hash = createHash('sha256')
    await pipeline(
      input,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(path),
    )
    const file = await localFile(path)
    return { ...file, uri, version: `sha256 ${hash.digest('hex')}`, close: remove }
  } catch (error) {
    await remove()
    const { syscall } = error as { readonly syscall?: string }
    throw syscall === 'write' || syscall === 'open' ? notKept(error, uri, place) : sourceErrorOf(error, uri)
  }
}

function notKept(cause: unknown, uri: string, place: string): SourceError {
  const { message } = cause as Error
  const what = `it is read twice, and cannot be kept in ${place} until then (TMPDIR says where): ${message}`
  return new SourceError('unreachable', what, { uri }, { cause })
}

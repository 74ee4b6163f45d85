import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SourceObject } from '../formats/records.ts'
import { localFile } from './local-file.ts'

/**
 * What can be read once only, as a temporary file: a load reads its sources twice. Its version is the hash of its bytes, so that the same
 * bytes are the same source.
 */
export async function spooled(input: Readable, uri: string): Promise<SourceObject> {
  const folder = await mkdtemp(join(tmpdir(), 'spooled-'))
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
    throw error
  }
}

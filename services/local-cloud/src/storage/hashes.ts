import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { crc32c, crc32cText } from './crc32c.ts'

export interface Hashes {
  /** Base64. */
  readonly crc32c: string
  /** Base64. */
  readonly md5Hash: string
  /** Bytes. */
  readonly size: number
}

/** Reads a file once for all that is said of its bytes. */
export async function hashesOf(path: string): Promise<Hashes> {
  const md5 = createHash('md5')
  let crc = 0
  let size = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer
    md5.update(bytes)
    crc = crc32c(bytes, crc)
    size += bytes.length
  }
  return { crc32c: crc32cText(crc), md5Hash: md5.digest('base64'), size }
}

import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { SourceError, type SourceObject } from '../formats/records.ts'
import { sourceErrorOf } from './source-error-of.ts'

/** Bytes that are read at a time. */
const CHUNK = 512 << 10

/** One file as it is now. */
export async function localFile(path: string): Promise<SourceObject> {
  const uri = `file:${path}`
  const { version, bytes } = await versionOf(path)
  const check = async () => {
    const now = await versionOf(path)
    if (now.version !== version)
      throw new SourceError('changed', `it changed while it was read: from ${version} to ${now.version}`, {
        uri,
      })
  }
  return {
    uri,
    bytes,
    version,
    open: ({ start, end } = { start: 0 }) => {
      const last = end === undefined ? {} : { end: Math.max(start, end) - 1 }
      return createReadStream(path, { start, ...last, highWaterMark: CHUNK })
    },
    async whole() {
      const content = await readFile(path).catch((error: unknown) => {
        throw sourceErrorOf(error, uri)
      })
      await check()
      return content
    },
    check,
  }
}

async function versionOf(path: string): Promise<{ readonly version: string; readonly bytes: number }> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true })
    return {
      version: `${size} bytes of ${new Date(Number(mtimeNs / 1_000_000n)).toISOString()} ${mtimeNs % 1_000_000n}`,
      bytes: Number(size),
    }
  } catch (error) {
    throw sourceErrorOf(error, `file:${path}`)
  }
}

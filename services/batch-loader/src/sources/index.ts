import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SourceError, type SourceObject } from '../formats/records.ts'

/** The files that are meant, each as it is now. @throws SourceError where one is not there */
export async function* findObjects(sources: readonly string[]): AsyncIterable<SourceObject> {
  for (const source of sources) yield await fileOf(resolve(source))
}

async function fileOf(path: string): Promise<SourceObject> {
  const uri = `file:${path}`
  const { version, bytes } = await versionOf(path, uri)
  return {
    uri,
    bytes,
    version,
    open: ({ start, end } = { start: 0 }) =>
      createReadStream(path, { start, ...(end !== undefined && { end: end - 1 }), highWaterMark: 512 << 10 }),
    async check() {
      const now = await versionOf(path, uri)
      if (now.version !== version) throw new SourceError('changed', 'it changed while it was read', { uri })
    },
  }
}

async function versionOf(path: string, uri: string): Promise<{ version: string; bytes: number }> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { version: `${size} ${mtimeMs}`, bytes: size }
  } catch (error) {
    throw new SourceError('missing', 'there is no such file', { uri }, { cause: error })
  }
}

import { createReadStream } from 'node:fs'
import { glob, opendir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SourceError, type SourceObject } from '../formats/records.ts'
import { localFile } from './local-file.ts'
import { sourceErrorOf } from './source-error-of.ts'
import { spooled } from './spooled.ts'

/** Entries of a folder that are in memory at a time. */
const ENTRIES = 256
const MAGIC = /[*?{}[\]]/

/**
 * The files that a path means: the file of this name, whatever characters are in it; all files of a folder and of the folders in it, in
 * the order in which the disk names them; else what a glob finds. Files and folders whose names begin with a dot are left out of folders,
 * and links to folders are not followed.
 *
 * @throws SourceError
 */
export async function* localFiles(source: string): AsyncGenerator<SourceObject> {
  const path = resolve(source)
  const uri = `file:${path}`
  const found = await stat(path).catch((error: unknown) => {
    if (MAGIC.test(source) && (error as { code?: unknown }).code === 'ENOENT') return undefined
    throw sourceErrorOf(error, uri)
  })
  if (found?.isDirectory()) yield* filesIn(path)
  else if (found?.isFile()) yield await localFile(path)
  else if (found) yield await spooled(createReadStream(path), uri)
  else {
    let count = 0
    for await (const name of glob(source)) {
      const each = resolve(name)
      const isFolder = (await stat(each)).isDirectory()
      count++
      // a pattern that ends in ** names folders and what is in them
      if (!isFolder) yield await localFile(each)
    }
    if (count === 0)
      throw new SourceError('missing', 'there is no such file, and no file that the pattern means', { uri })
  }
}

async function* filesIn(folder: string): AsyncGenerator<SourceObject> {
  try {
    // closes itself behind the last entry, and where the caller stops before
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES })) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) yield* filesIn(path)
      else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile()))
        yield await localFile(path)
    }
  } catch (error) {
    throw sourceErrorOf(error, `file:${folder}`)
  }
}

import { createReadStream, type Stats } from 'node:fs'
import { glob, opendir, readlink, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf } from '@tablestream/service-kit'
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
 * links to folders are not followed, and what is no regular file is passed over. A pipe is read where the path is its name.
 *
 * @param say hears what is waited for
 * @throws SourceError
 */
export async function* localFiles(
  source: string,
  say: (text: string) => void = () => {},
): AsyncGenerator<SourceObject> {
  const path = resolve(source)
  const uri = `file:${path}`
  const found = await stat(path).catch(async (error: unknown) => {
    if (MAGIC.test(source) && codeOf(error) === 'ENOENT') return undefined
    throw await whyNot(error, path)
  })
  if (found?.isDirectory()) yield* filesIn(path, { isNamed: true })
  else if (found?.isFile()) yield await localFile(path)
  else if (found?.isFIFO()) yield await pipeOf(path, say)
  else if (found)
    throw new SourceError('unknown', `it is a ${kindOf(found)}: a source is a file, a folder or a pipe`, {
      uri,
    })
  else {
    let count = 0
    for await (const name of glob(source)) {
      count++
      // a pattern that ends in ** names folders and what is in them
      const file = await fileAt(resolve(name))
      if (file) yield file
    }
    if (count === 0)
      throw new SourceError('missing', 'there is no such file, and no file that the pattern means', { uri })
  }
}

/** @param options `isNamed`: nobody looked into another folder before, and there is nothing beside it */
async function* filesIn(
  folder: string,
  { isNamed }: { readonly isNamed: boolean },
): AsyncGenerator<SourceObject> {
  try {
    // closes itself behind the last entry, and where the caller stops before
    for await (const entry of await opendir(folder, { bufferSize: ENTRIES })) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) yield* filesIn(path, { isNamed: false })
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const file = await fileAt(path)
        if (file) yield file
      }
    }
  } catch (error) {
    const told = sourceErrorOf(error, `file:${folder}`)
    if (isNamed) throw told
    yield unreadable(told)
  }
}

/** What a pipe brings until all who write into it have closed it. @throws SourceError */
function pipeOf(path: string, say: (text: string) => void): Promise<SourceObject> {
  const uri = `file:${path}`
  say(`waiting: ${uri} is a pipe, which is read until it is closed`)
  return spooled(createReadStream(path), uri)
}

function kindOf(found: Stats): string {
  if (found.isSocket()) return 'socket'
  return found.isBlockDevice() || found.isCharacterDevice() ? 'device' : 'thing of another kind'
}

/**
 * A file among others, unless it is no file: nobody may ever write into a pipe. What cannot be looked at is told as a source that cannot
 * be read.
 */
async function fileAt(path: string): Promise<SourceObject | undefined> {
  try {
    return (await stat(path)).isFile() ? await localFile(path) : undefined
  } catch (error) {
    return unreadable(await whyNot(error, path))
  }
}

async function whyNot(cause: unknown, path: string): Promise<SourceError> {
  const uri = `file:${path}`
  const told = sourceErrorOf(cause, uri)
  if (told.rule !== 'missing') return told
  // Node gives the bytes that are no UTF-8 as this character
  if (path.includes('\uFFFD'))
    return new SourceError('missing', 'its name is no UTF-8: give it another one', { uri }, { cause })
  const target = await readlink(path).catch(() => undefined)
  if (target === undefined || codeOf(cause) === 'ELOOP') return told
  return new SourceError('missing', `it is a link to ${target}, which is not there`, { uri }, { cause })
}

/** A source of which nothing can be read but why. */
function unreadable(error: SourceError): SourceObject {
  return {
    uri: error.where.uri,
    version: '',
    open: () => {
      throw error
    },
    async check() {
      throw error
    },
  }
}

import { Readable } from 'node:stream'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { SourceError, type ByteRange, type SourceObject } from '../formats/records.ts'
import { bytesAsTheyCome, type StorageClient } from '../google/storage.ts'
import { allBytes, objectBytes } from './object-bytes.ts'
import { sourceErrorOf } from './source-error-of.ts'

const MAGIC = /[*?{}[\]]/
/** Objects of one page of a list. */
const PAGE = 1000
/** So often the metadata of an object are asked for where a connection ends. */
const MOST_TRIES = 5

interface ObjectMetadata {
  readonly name?: string
  readonly size?: string | number
  readonly generation?: string | number
}

/**
 * The objects that `gs://bucket/name` means: the object of this name, whatever characters are in it; else all that a glob finds
 * (docs: Cloud Storage, "List objects and prefixes using glob"), or all in the folder of this name. A list comes by pages.
 *
 * @throws SourceError
 */
export async function* cloudObjects(source: string, storage: StorageClient): AsyncGenerator<SourceObject> {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/?(.*)$/s.exec(source) ?? []
  try {
    const exact = name === '' || name.endsWith('/') ? undefined : await metadataOf(storage, bucket, name)
    if (exact) {
      yield cloudObject(storage, bucket, exact)
      return
    }
    const isGlob = MAGIC.test(name)
    // a glob begins with a name: objects outside of it need not be listed
    const prefix = isGlob
      ? name.slice(0, name.search(MAGIC))
      : name === '' || name.endsWith('/')
        ? name
        : `${name}/`
    let count = 0
    for await (const found of listed(storage, bucket, { prefix, ...(isGlob && { matchGlob: name }) })) {
      // an empty object whose name ends with a slash is how consoles show a folder
      if (found.name!.endsWith('/') && Number(found.size) === 0) continue
      count++
      yield cloudObject(storage, bucket, found)
    }
    if (count === 0)
      throw new SourceError('missing', 'there is no such object, and none below or like it', { uri: source })
  } catch (error) {
    throw sourceErrorOf(error, source)
  }
}

async function metadataOf(
  storage: StorageClient,
  bucket: string,
  name: string,
): Promise<ObjectMetadata | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      const [metadata] = await storage.bucket(bucket).file(name).getMetadata()
      return metadata
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return undefined
      // a download that was ended where its portion ends may take the next request on its connection with it
      if (codeOf(error) !== 'ECONNRESET' || tries === MOST_TRIES) throw error
    }
  }
}

async function* listed(
  storage: StorageClient,
  bucket: string,
  query: { readonly prefix: string; readonly matchGlob?: string },
): AsyncGenerator<ObjectMetadata> {
  let pageToken: string | undefined
  do {
    const [files, next] = (await storage.bucket(bucket).getFiles({
      ...query,
      maxResults: PAGE,
      autoPaginate: false,
      ...(pageToken !== undefined && { pageToken }),
    })) as unknown as [{ readonly metadata: ObjectMetadata }[], { readonly pageToken?: string } | null]
    for (const { metadata } of files) yield metadata
    pageToken = next?.pageToken
  } while (pageToken !== undefined)
}

function cloudObject(storage: StorageClient, bucket: string, metadata: ObjectMetadata): SourceObject {
  const { name = '', size = 0, generation = '' } = metadata
  const uri = `gs://${bucket}/${name}`
  const version = `generation ${generation}`
  // this generation, and not what may come in its place
  const file = storage.downloads.bucket(bucket).file(name, { generation })
  const bytes = Number(size)
  const open = (range?: Required<ByteRange>) => {
    const part = range && { start: range.start, end: range.end - 1 }
    // as it is stored: what an object is packed with is seen by its bytes, however it is labelled
    return bytesAsTheyCome(file, { ...part, decompress: false })
  }
  const object = { uri, bytes, open }
  return {
    uri,
    bytes,
    version,
    open: ({ start, end = bytes } = { start: 0 }) =>
      Readable.from(objectBytes(object, { start, end: Math.min(end, bytes) })),
    whole: () => allBytes(object),
    async check() {
      const now = await metadataOf(storage, bucket, name).catch((error: unknown) => {
        throw sourceErrorOf(error, uri)
      })
      if (String(now?.generation ?? '') !== String(generation))
        throw new SourceError('changed', `it changed while it was read: ${version} is not there any more`, {
          uri,
        })
    },
  }
}

import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Storage, type CreateReadStreamOptions, type File } from '@google-cloud/storage'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { LoadError } from '../load-error.ts'

export type StorageClient = Storage

export function createStorage(projectId: string): StorageClient {
  return new Storage({ projectId })
}

/** The client listens 12 times to an answer that it reads, and no more however long that is; Node warns of a leak beyond 10. */
const LISTENERS = 20

/** The bytes of an object as they come. */
export function bytesAsTheyCome(file: File, options?: CreateReadStreamOptions): Readable {
  const stream = file.createReadStream(options)
  return stream.once('response', (answer: Readable) => answer.setMaxListeners(LISTENERS))
}

/** What a load has done so far, as objects under one prefix. */
export interface Workshop {
  readonly uriOf: (name: string) => string
  /** The JSON of an object; undefined where there is none. */
  readonly read: <T>(name: string) => Promise<T | undefined>
  /** Makes an object unless it is there. What counts is what stands there then, whoever made it. */
  readonly make: <T>(name: string, value: T) => Promise<T>
  /** Makes an object, or puts another one in its place. The bytes are the caller's again when it is done. */
  readonly put: (name: string, bytes: Buffer) => Promise<void>
  readonly bytesOf: (name: string) => Promise<Buffer>
  /** The names of all that is there. */
  readonly names: () => Promise<ReadonlySet<string>>
  readonly remove: (names: readonly string[]) => Promise<void>
  readonly clear: () => Promise<void>
}

const THERE_ALREADY = 412
const DELETED_AT_ONCE = 8

/** @param prefix ends in a slash */
export function openWorkshop(storage: StorageClient, bucketName: string, prefix: string): Workshop {
  const bucket = storage.bucket(bucketName)
  const fileOf = (name: string) => bucket.file(prefix + name)
  const workshop: Workshop = {
    uriOf: (name) => `gs://${bucketName}/${prefix}${name}`,
    async read<T>(name: string) {
      try {
        const bytes = await workshop.bytesOf(name)
        return JSON.parse(bytes.toString('utf8')) as T
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return undefined
        throw error
      }
    },
    async make<T>(name: string, value: T) {
      try {
        const preconditionOpts = { ifGenerationMatch: 0 }
        await fileOf(name).save(JSON.stringify(value), { resumable: false, preconditionOpts })
        return value
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) throw noBucket(bucketName, error)
        if (codeOf(error) !== THERE_ALREADY) throw error
        return (await workshop.read<T>(name)) ?? value
      }
    },
    async put(name, bytes) {
      // the bucket compares it: a checksum that the client compares costs as much CPU as judging the records
      const md5Hash = createHash('md5').update(bytes).digest('base64')
      await fileOf(name).save(bytes, { resumable: false, validation: false, metadata: { md5Hash } })
    },
    bytesOf: (name) => buffer(bytesAsTheyCome(fileOf(name))),
    async names() {
      try {
        const [files] = await bucket.getFiles({ prefix })
        return new Set(files.map((file) => file.name.slice(prefix.length)))
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) throw noBucket(bucketName, error)
        throw error
      }
    },
    async remove(names) {
      for (let at = 0; at < names.length; at += DELETED_AT_ONCE)
        await Promise.all(
          names.slice(at, at + DELETED_AT_ONCE).map((name) => fileOf(name).delete({ ignoreNotFound: true })),
        )
    },
    async clear() {
      await workshop.remove([...(await workshop.names())])
    },
  }
  return workshop
}

function noBucket(bucket: string, cause: unknown): LoadError {
  const message = `the bucket ${bucket}, in which a load keeps what it has done, does not exist: LOAD_BUCKET names it`
  return new LoadError('no_bucket', message, { cause })
}

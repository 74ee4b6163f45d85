import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { IdempotencyStrategy, Storage, type CreateReadStreamOptions, type File } from '@google-cloud/storage'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import { LoadError } from '../load-error.ts'
import { untilItPasses } from './passing.ts'

/** Google's client. What is downloaded goes by one that tries nothing again. */
export interface StorageClient extends Pick<Storage, 'bucket'> {
  readonly downloads: Pick<Storage, 'bucket'>
}

/**
 * The client's own second try of a download ends the process (google-cloud-node#8670: an answer of 503 is a rejection that nobody can
 * handle): objectBytes tries again.
 */
export function createStorage(projectId: string): StorageClient {
  // whatever is written is the same if it is written twice, or is made only where it is not there
  const always = { idempotencyStrategy: IdempotencyStrategy.RetryAlways }
  const storage = new Storage({ projectId, retryOptions: always })
  const downloads = new Storage({ projectId, retryOptions: { autoRetry: false } })
  return { bucket: (name, options) => storage.bucket(name, options), downloads }
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
const DENIED = 403
const DELETED_AT_ONCE = 8

/** @param prefix ends in a slash */
export function openWorkshop(storage: StorageClient, bucketName: string, prefix: string): Workshop {
  const bucket = storage.bucket(bucketName)
  const downloads = storage.downloads.bucket(bucketName)
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
        if (codeOf(error) !== THERE_ALREADY) throw ofBucket(error, bucketName)
        return (await workshop.read<T>(name)) ?? value
      }
    },
    async put(name, bytes) {
      // the bucket compares it: a checksum that the client compares costs as much CPU as judging the records
      const md5Hash = createHash('md5').update(bytes).digest('base64')
      const options = { resumable: false, validation: false, metadata: { md5Hash } }
      await fileOf(name)
        .save(bytes, options)
        .catch((error: unknown) => {
          throw ofBucket(error, bucketName)
        })
    },
    bytesOf: (name) =>
      untilItPasses(() => buffer(bytesAsTheyCome(downloads.file(prefix + name)))).catch((error: unknown) => {
        throw codeOf(error) === DENIED ? ofBucket(error, bucketName) : error
      }),
    async names() {
      try {
        const [files] = await bucket.getFiles({ prefix })
        return new Set(files.map((file) => file.name.slice(prefix.length)))
      } catch (error) {
        throw ofBucket(error, bucketName)
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

/** What an answer says of the bucket, where it does. */
function ofBucket(error: unknown, bucket: string): unknown {
  const what = `the bucket ${bucket}, in which a load keeps what it has done,`
  const code = codeOf(error)
  if (code === NOT_FOUND)
    return new LoadError('no_bucket', `${what} does not exist: LOAD_BUCKET names it`, { cause: error })
  if (code !== DENIED) return error
  const needed = 'storage.objects.create, get, list and delete, as roles/storage.objectUser has them'
  const message = `who asks may not use ${what} or a part of it: ${needed}, are needed there (${(error as Error).message})`
  return new LoadError('bucket_denied', message, { cause: error })
}

import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { bucketETag, changeBucket, type Bucket } from './bucket.ts'
import { readPolicy } from './bucket-policy.ts'
import { noSuchBucket, noSuchObject, StorageError } from './errors.ts'
import { hashesOf, type Hashes } from './hashes.ts'
import { dueAction } from './lifecycle.ts'
import { checkBucketName } from './names.ts'
import type { ObjectFiles } from './object-files.ts'
import {
  changeSettings,
  checkHold,
  isHeld,
  type ObjectSettings,
  type StoredObject,
} from './object-metadata.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'

type Body = Readonly<Record<string, unknown>>

/** New content of an object. */
export interface NewContent {
  readonly bucket: string
  readonly name: string
  readonly settings: ObjectSettings
  /** The file of its bytes, which becomes the object's own. */
  readonly path: string
  /** Of how many objects it was composed. */
  readonly componentCount?: number
  readonly preconditions?: Preconditions
  /** What the caller says of the bytes. */
  readonly expected?: Partial<Hashes>
}

/** Google acts on lifecycles once a day or so; here it is done when somebody looks, at most so often. */
const LIFECYCLE_MS = 1000

/** Buckets and objects. What is done is on the disk before it is answered. */
export class Buckets {
  readonly files: ObjectFiles
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  readonly #objects = new Map<string, Map<string, StoredObject>>()
  readonly #lookedAt = new Map<string, number>()
  #lastGeneration = 0

  constructor(files: ObjectFiles, now: () => number) {
    this.files = files
    this.#now = now
    for (const bucket of files.readBuckets()) {
      const objects = files.readObjects(bucket.name)
      this.#buckets.set(bucket.name, bucket)
      this.#objects.set(bucket.name, new Map(objects.map((object) => [object.name, object])))
      for (const { generation } of objects) this.#lastGeneration = Math.max(this.#lastGeneration, generation)
    }
  }

  all(): Bucket[] {
    return [...this.#buckets.values()]
  }

  /** @throws StorageError notFound */
  get(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw noSuchBucket()
    return bucket
  }

  create(projectId: string, body: Body): Bucket {
    const name = checkBucketName(body['name'])
    if (this.#buckets.has(name)) {
      const message = 'Your previous request to create the named bucket succeeded and you already own it.'
      throw new StorageError('conflict', message)
    }
    const now = this.#now()
    const settings = changeBucket({}, body)
    const bucket = { name, projectId, settings, metageneration: 1, timeCreated: now, updated: now }
    this.files.saveBucket(bucket)
    this.#buckets.set(name, bucket)
    this.#objects.set(name, new Map())
    return bucket
  }

  change(name: string, body: Body, preconditions: Preconditions): Bucket {
    const before = this.get(name)
    checkPreconditions(preconditions, before)
    const after = this.#changedBucket(before, { settings: changeBucket(before.settings, body) })
    this.#lookedAt.delete(name)
    return after
  }

  /** @throws StorageError conditionNotMet where the etag that is sent with the policy is that of another one */
  setPolicy(name: string, body: Body, preconditions: Preconditions): Bucket {
    const before = this.get(name)
    checkPreconditions(preconditions, before)
    const { etag } = body
    if (etag !== undefined && etag !== '' && etag !== bucketETag(before))
      throw new StorageError('conditionNotMet', 'There were concurrent policy changes.')
    return this.#changedBucket(before, { policy: readPolicy(body) })
  }

  delete(name: string, preconditions: Preconditions): void {
    checkPreconditions(preconditions, this.get(name))
    if (this.objects(name).size > 0)
      throw new StorageError('conflict', 'The bucket you tried to delete is not empty.')
    this.files.removeBucket(name)
    this.#buckets.delete(name)
    this.#objects.delete(name)
  }

  /** The objects of a bucket by name, in no order. @throws StorageError notFound */
  objects(bucket: string): ReadonlyMap<string, StoredObject> {
    this.get(bucket)
    this.#liveOn(bucket)
    return this.#objects.get(bucket)!
  }

  /** @throws StorageError notFound where it, or that generation of it, is not there */
  object(bucket: string, name: string, generation?: number): StoredObject {
    const object = this.objects(bucket).get(name)
    if (!object || (generation ?? object.generation) !== object.generation) throw noSuchObject(bucket, name)
    return object
  }

  /**
   * Makes a file the content of an object.
   *
   * @throws StorageError conditionNotMet; invalid where the bytes are not those that the caller says they are
   */
  async put(content: NewContent): Promise<StoredObject> {
    const { bucket, name, path, settings, componentCount, preconditions = {}, expected = {} } = content
    try {
      this.get(bucket)
      const hashes = await hashesOf(path)
      checkHashes(hashes, expected)
      // from here on in one go: nothing comes between the question and what is done
      const before = this.objects(bucket).get(name)
      checkPreconditions(preconditions, before)
      checkHold(before)
      const now = this.#now()
      const { md5Hash, ...others } = hashes
      const object: StoredObject = {
        bucket,
        name,
        generation: this.#nextGeneration(now),
        metageneration: 1,
        settings: { storageClass: this.get(bucket).settings.storageClass ?? 'STANDARD', ...settings },
        ...others,
        ...(componentCount === undefined ? { md5Hash } : { componentCount }),
        timeCreated: now,
        updated: now,
        timeStorageClassUpdated: now,
        file: randomUUID(),
      }
      this.files.saveObject(object, path)
      if (before) this.files.removeObject(before)
      this.#objects.get(bucket)!.set(name, object)
      return object
    } finally {
      rmSync(path, { force: true })
    }
  }

  changeObject(object: StoredObject, body: Body): StoredObject {
    const settings = changeSettings(object.settings, body)
    return this.#changed(object, settings)
  }

  /** Gives an object another name, at once. @throws StorageError where one of the two is held */
  move(from: StoredObject, name: string): StoredObject {
    const objects = this.#objects.get(from.bucket)!
    const replaced = objects.get(name)
    checkHold(from)
    checkHold(replaced)
    const now = this.#now()
    const generation = this.#nextGeneration(now)
    const object = { ...from, name, generation, metageneration: 1, timeCreated: now, updated: now }
    // the same file: one rename of what is said of it
    this.files.saveObject(object)
    if (replaced) this.files.removeObject(replaced)
    objects.delete(from.name)
    objects.set(name, object)
    return object
  }

  /** @throws StorageError where it is held */
  deleteObject(object: StoredObject): void {
    checkHold(object)
    this.files.removeObject(object)
    this.#objects.get(object.bucket)?.delete(object.name)
  }

  reset(): void {
    for (const { name } of this.all()) {
      this.files.removeBucket(name)
      this.#buckets.delete(name)
      this.#objects.delete(name)
    }
  }

  #changedBucket(before: Bucket, change: Partial<Pick<Bucket, 'settings' | 'policy'>>): Bucket {
    const metageneration = before.metageneration + 1
    const after = { ...before, ...change, metageneration, updated: this.#now() }
    this.files.saveBucket(after)
    this.#buckets.set(before.name, after)
    return after
  }

  #changed(object: StoredObject, settings: ObjectSettings): StoredObject {
    const now = this.#now()
    const isOtherClass = settings.storageClass !== object.settings.storageClass
    const after: StoredObject = {
      ...object,
      settings,
      metageneration: object.metageneration + 1,
      updated: now,
      ...(isOtherClass && { timeStorageClassUpdated: now }),
    }
    this.files.saveObject(after)
    this.#objects.get(object.bucket)!.set(object.name, after)
    return after
  }

  /** Does what the bucket's lifecycle says is due. */
  #liveOn(name: string): void {
    const { lifecycle } = this.get(name).settings
    const now = this.#now()
    if (!lifecycle || now - (this.#lookedAt.get(name) ?? -Infinity) < LIFECYCLE_MS) return
    this.#lookedAt.set(name, now)
    for (const object of this.#objects.get(name)!.values()) {
      const action = dueAction(lifecycle, object, now)
      if (action === 'delete') {
        if (!isHeld(object)) this.deleteObject(object)
      } else if (action) this.#changed(object, { ...object.settings, ...action })
    }
  }

  /** Microseconds since 1970, as Google's look, and larger than every one before. */
  #nextGeneration(now: number): number {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, now * 1000)
    return this.#lastGeneration
  }
}

function checkHashes(found: Hashes, expected: Partial<Hashes>): void {
  for (const key of ['crc32c', 'md5Hash'] as const) {
    const said = expected[key]
    if (said === undefined || said === found[key]) continue
    const name = key === 'crc32c' ? 'CRC32C' : 'MD5'
    const message = `Provided ${name} hash "${said}" doesn't match calculated ${name} hash "${found[key]}".`
    throw new StorageError('invalid', message)
  }
}

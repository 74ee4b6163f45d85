import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bucket } from './bucket.ts'
import { StorageError } from './errors.ts'
import type { StoredObject } from './object-metadata.ts'

/**
 * The files of buckets and objects: `buckets/NAME/bucket.json`, and for each object its bytes and what is said of them, in
 * `buckets/NAME/objects/ID` and `ID.json`. A file is written beside its place and renamed: what a kill leaves behind is
 * either the one before or the one after.
 */
export class ObjectFiles {
  readonly #root: string
  readonly #isTemporary: boolean

  /** @param folder absent: a temporary one, gone when it is closed */
  constructor(folder?: string) {
    this.#isTemporary = folder === undefined
    this.#root = folder ?? mkdtempSync(join(tmpdir(), 'local-cloud-storage-'))
    // what was on its way when an earlier process ended
    rmSync(this.#incoming, { recursive: true, force: true })
    for (const each of [this.#incoming, this.uploads, join(this.#root, 'buckets')])
      mkdirSync(each, { recursive: true })
  }

  /** Where uploads in pieces are kept until they are whole. */
  get uploads(): string {
    return join(this.#root, 'uploads')
  }

  get #incoming(): string {
    return join(this.#root, 'incoming')
  }

  /** A new file for bytes that come in. */
  incoming(): string {
    return join(this.#incoming, randomUUID())
  }

  path({ bucket, file }: Pick<StoredObject, 'bucket' | 'file'>): string {
    return join(this.#objects(bucket), file)
  }

  #bucket(name: string): string {
    return join(this.#root, 'buckets', name)
  }

  #objects(bucket: string): string {
    return join(this.#bucket(bucket), 'objects')
  }

  saveBucket(bucket: Bucket): void {
    mkdirSync(this.#objects(bucket.name), { recursive: true })
    this.#write(join(this.#bucket(bucket.name), 'bucket.json'), bucket)
  }

  removeBucket(name: string): void {
    // first what makes it a bucket: the rest is nothing without it
    rmSync(join(this.#bucket(name), 'bucket.json'), { force: true })
    rmSync(this.#bucket(name), { recursive: true, force: true })
  }

  /** @param from the file of its bytes, which moves into the bucket; absent: they are there already */
  saveObject(object: StoredObject, from?: string): void {
    try {
      if (from !== undefined) renameSync(from, this.path(object))
      this.#write(`${this.path(object)}.json`, object)
    } catch (error) {
      throw diskError(error)
    }
  }

  removeObject(object: StoredObject): void {
    rmSync(`${this.path(object)}.json`, { force: true })
    rmSync(this.path(object), { force: true })
  }

  /** Every bucket that an earlier process left. */
  readBuckets(): Bucket[] {
    return readdirSync(join(this.#root, 'buckets')).flatMap((name) => {
      const bucket = readJson(join(this.#bucket(name), 'bucket.json')) as Bucket | undefined
      if (bucket === undefined) rmSync(this.#bucket(name), { recursive: true, force: true })
      return bucket === undefined ? [] : [bucket]
    })
  }

  /** Every object of a bucket; of two with one name, as a kill leaves them, the newer one counts. */
  readObjects(bucket: string): StoredObject[] {
    const names = new Set(readdirSync(this.#objects(bucket)))
    const newest = new Map<string, StoredObject>()
    for (const file of names) {
      if (file.endsWith('.json')) continue
      const object = readJson(`${join(this.#objects(bucket), file)}.json`) as StoredObject | undefined
      const other = object && newest.get(object.name)
      const older = object && other && other.generation > object.generation ? object : other
      if (older) this.removeObject(older)
      if (object === undefined) rmSync(join(this.#objects(bucket), file), { force: true })
      else if (older !== object) newest.set(object.name, object)
    }
    return [...newest.values()]
  }

  close(): void {
    if (this.#isTemporary) rmSync(this.#root, { recursive: true, force: true })
  }

  #write(path: string, value: object): void {
    const beside = this.incoming()
    writeFileSync(beside, JSON.stringify(value))
    renameSync(beside, path)
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A full disk is a limit of this machine, which callers hear as they hear of Google's. */
export function diskError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new StorageError('backendError', 'There is no space left on the disk of local-cloud.', {
    cause: error,
  })
}

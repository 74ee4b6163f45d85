import { randomBytes } from 'node:crypto'
import {
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Buckets } from './buckets.ts'
import type { ContentRange } from './content-range.ts'
import { StorageError } from './errors.ts'
import type { Hashes } from './hashes.ts'
import { diskError } from './object-files.ts'
import type { ObjectSettings, StoredObject } from './object-metadata.ts'
import type { Preconditions } from './preconditions.ts'

/** An upload in pieces: what it will be, and of which size where that is known. */
export interface UploadPlan {
  readonly bucket: string
  readonly name: string
  readonly settings: ObjectSettings
  readonly preconditions: Preconditions
  readonly expected: Partial<Hashes>
  readonly total?: number
}

export type UploadState =
  | { readonly kind: 'done'; readonly object: StoredObject }
  /** How many bytes are kept. */
  | { readonly kind: 'open'; readonly received: number }

interface Session extends UploadPlan {
  /** Once it is whole. */
  readonly done?: { readonly bucket: string; readonly name: string; readonly generation: number }
}

/** Of a piece that is not the last one, so much is kept: whole multiples of it. */
const GRAIN = 256 << 10
const ID = /^[\w-]{1,100}$/

/** Uploads in pieces (cloud.google.com/storage/docs/performing-resumable-uploads). They outlive the process. */
export class UploadSessions {
  readonly #buckets: Buckets
  /** Sessions with a piece on its way. */
  readonly #busy = new Set<string>()

  constructor(buckets: Buckets) {
    this.#buckets = buckets
  }

  begin(plan: UploadPlan): string {
    this.#buckets.get(plan.bucket)
    const id = randomBytes(32).toString('base64url')
    writeFileSync(this.#bytes(id), '')
    this.#save(id, plan)
    return id
  }

  /** @throws StorageError that says what does not fit */
  async receive(
    id: string,
    range: ContentRange,
    body: Readable,
    expected: Partial<Hashes>,
  ): Promise<UploadState> {
    const session = this.#read(id)
    if (session.done) {
      body.resume()
      const { bucket, name, generation } = session.done
      return { kind: 'done', object: this.#buckets.object(bucket, name, generation) }
    }
    if (this.#busy.has(id))
      throw new StorageError('backendError', 'Another request of this upload is on its way.')
    this.#busy.add(id)
    try {
      const total = range.total ?? session.total
      if (session.total !== undefined && total !== session.total)
        throw badRange(`the upload has ${session.total} byte(s), and the range says ${total}`)
      if (range.kind === 'status') body.resume()
      const isLast = range.kind === 'bytes' && (await this.#append(id, range, total, body))
      const received = statSync(this.#bytes(id)).size
      const isWhole = isLast || (range.kind === 'status' && range.total === received)
      if (!isWhole) return { kind: 'open', received }
      return await this.#finish(id, session, expected)
    } finally {
      this.#busy.delete(id)
    }
  }

  cancel(id: string): void {
    this.#read(id)
    this.#forget(id)
  }

  /** @returns whether it was the last piece */
  async #append(
    id: string,
    { start, end }: Extract<ContentRange, { kind: 'bytes' }>,
    total: number | undefined,
    body: Readable,
  ): Promise<boolean> {
    const path = this.#bytes(id)
    const before = statSync(path).size
    if (start > before)
      throw badRange(
        `the upload offset is ${start} byte(s), which exceeds already uploaded size of ${before} byte(s)`,
      )
    let skip = before - start
    const fresh = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        const rest = chunk.subarray(Math.min(skip, chunk.length))
        skip -= chunk.length - rest.length
        if (rest.length > 0) yield rest
      }
    }
    try {
      await pipeline(body, fresh, createWriteStream(path, { flags: 'a' }))
    } catch (error) {
      // the caller went away: what came is kept, and it asks how much that is
      this.#keepWholeGrains(path, before)
      throw diskError(error)
    }
    const received = statSync(path).size
    const promised = end === undefined ? undefined : end + 1
    if (promised !== undefined && received !== Math.max(promised, before)) {
      truncateSync(path, before)
      throw badRange(
        `there were ${received - start} byte(s) in the request body, and the range has ${promised - start}`,
      )
    }
    const isLast = received === total || (total === undefined && end === undefined)
    if (end === undefined && total !== undefined && !isLast) {
      truncateSync(path, before)
      throw badRange(`the upload has ${total} byte(s), and there are ${received}`)
    }
    if (!isLast) this.#keepWholeGrains(path, before)
    return isLast
  }

  #keepWholeGrains(path: string, least: number): void {
    const { size } = statSync(path)
    truncateSync(path, Math.max(least, size - (size % GRAIN)))
  }

  async #finish(id: string, session: Session, expected: Partial<Hashes>): Promise<UploadState> {
    const path = this.#buckets.files.incoming()
    renameSync(this.#bytes(id), path)
    try {
      const object = await this.#buckets.put({
        ...session,
        path,
        expected: { ...session.expected, ...expected },
      })
      const { bucket, name, generation } = object
      this.#save(id, { ...session, done: { bucket, name, generation } })
      return { kind: 'done', object }
    } catch (error) {
      this.#forget(id)
      throw error
    }
  }

  #read(id: string): Session {
    const path = this.#plan(id)
    if (!ID.test(id) || !existsSync(path)) throw new StorageError('notFound', `No such upload: ${id}`)
    const session = JSON.parse(readFileSync(path, 'utf8')) as Session
    // the process ended while the object was made of it: whether it is there, the caller has to look
    if (!session.done && !existsSync(this.#bytes(id)))
      throw new StorageError('gone', `The upload ${id} is over.`)
    return session
  }

  #save(id: string, session: Session): void {
    const beside = this.#buckets.files.incoming()
    writeFileSync(beside, JSON.stringify(session))
    renameSync(beside, this.#plan(id))
  }

  #forget(id: string): void {
    rmSync(this.#plan(id), { force: true })
    rmSync(this.#bytes(id), { force: true })
  }

  #plan(id: string): string {
    return join(this.#buckets.files.uploads, `${id}.json`)
  }

  #bytes(id: string): string {
    return join(this.#buckets.files.uploads, `${id}.bytes`)
  }
}

function badRange(what: string): StorageError {
  return new StorageError('badRequest', `Invalid request. According to the Content-Range header, ${what}.`)
}

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ContentRange } from '../uploads/content-range.ts'
import { appendPiece, badRange } from '../uploads/pieces.ts'
import type { Buckets } from './buckets.ts'
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
      discard(body)
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
      if (range.kind === 'status') discard(body)
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

  async #append(
    id: string,
    range: Extract<ContentRange, { kind: 'bytes' }>,
    total: number | undefined,
    body: Readable,
  ): Promise<boolean> {
    try {
      return await appendPiece(this.#bytes(id), range, total, body)
    } catch (error) {
      throw diskError(error)
    }
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

/** Reads on, so that the connection can be used again. What is wrong with a body that nobody needs is no matter. */
function discard(body: Readable): void {
  body.on('error', () => undefined).resume()
}

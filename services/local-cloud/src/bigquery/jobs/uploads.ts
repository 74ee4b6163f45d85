import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ContentRange } from '../../uploads/content-range.ts'
import { appendPiece, badRange } from '../../uploads/pieces.ts'
import { BigQueryError } from '../errors.ts'
import type { Job } from './running-job.ts'
import type { UploadedFile } from '../files/load.ts'

interface Session {
  readonly project: string
  /** The Job resource that came with the first request. */
  readonly job: Readonly<Record<string, unknown>>
  readonly path: string
  readonly total?: number
  done?: Job
}

/** What a whole upload is for. */
interface WholeUpload {
  readonly project: string
  readonly job: Readonly<Record<string, unknown>>
  readonly media: UploadedFile
}

export type UploadState =
  | { readonly kind: 'done'; readonly job: Job }
  /** How many bytes are kept. */
  | { readonly kind: 'open'; readonly received: number }

/** Bytes that come with load jobs. They are in files until the job has read them, and end with the process. */
export class Uploads {
  #folder: string | undefined
  readonly #sessions = new Map<string, Session>()
  /** Sessions with a piece on its way. */
  readonly #busy = new Set<string>()

  keep(bytes: Buffer): UploadedFile {
    const path = this.#newPath()
    writeFileSync(path, bytes)
    return fileAt(path)
  }

  /** @returns the id of an upload in pieces */
  begin(project: string, job: Readonly<Record<string, unknown>>, total: number | undefined): string {
    const id = randomBytes(32).toString('base64url')
    const path = this.#newPath()
    writeFileSync(path, '')
    this.#sessions.set(id, { project, job, path, ...(total !== undefined && { total }) })
    return id
  }

  /**
   * Takes a piece; with the last one the job begins.
   *
   * @throws BigQueryError notFound, or whatever the job is refused with: then the upload is over
   * @throws GoogleError INVALID_ARGUMENT where the piece does not fit
   */
  async receive(
    id: string,
    range: ContentRange,
    body: Readable,
    start: (upload: WholeUpload) => Promise<Job>,
  ): Promise<UploadState> {
    const session = this.#sessions.get(id)
    if (!session) throw new BigQueryError('notFound', `No such upload: ${id}`)
    if (session.done) {
      body.resume()
      return { kind: 'done', job: session.done }
    }
    if (this.#busy.has(id))
      throw new BigQueryError('backendError', 'Another request of this upload is on its way.')
    this.#busy.add(id)
    try {
      const { project, job, path } = session
      const total = range.total ?? session.total
      if (session.total !== undefined && total !== session.total)
        throw badRange(`the upload has ${session.total} byte(s), and the range says ${total}`)
      if (range.kind === 'status') body.resume()
      const isLast = range.kind === 'bytes' && (await appendPiece(path, range, total, body))
      const { size: received } = statSync(path)
      if (!isLast && !(range.kind === 'status' && range.total === received)) return { kind: 'open', received }
      const media = fileAt(path)
      session.done = await start({ project, job, media }).catch((error: unknown) => {
        this.forget(id)
        throw error
      })
      return { kind: 'done', job: session.done }
    } finally {
      this.#busy.delete(id)
    }
  }

  forget(id: string): void {
    const session = this.#sessions.get(id)
    if (!session) throw new BigQueryError('notFound', `No such upload: ${id}`)
    this.#sessions.delete(id)
    rmSync(session.path, { force: true })
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }

  #newPath(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'local-cloud-uploads-'))
    return join(this.#folder, randomUUID())
  }
}

function fileAt(path: string): UploadedFile {
  return { path, size: statSync(path).size, drop: () => rmSync(path, { force: true }) }
}

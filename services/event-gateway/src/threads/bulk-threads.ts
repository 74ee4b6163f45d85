import { isMarkedAsUntransferable } from 'node:worker_threads'
import createError from '@fastify/error'
import type { Logger } from '@tablestream/service-kit'
import { answerBytesOf, type Bulk, type BulkOutcome, type BulkRequest } from '../bulk.ts'
import type { BulkThreadOptions } from './bulk-thread-options.ts'
import { CallerPlaces } from './caller-places.ts'
import { CallerTurns } from '../access/caller-turns.ts'
import { letGo } from '../wire/let-go.ts'
import { Thread } from './thread.ts'
import { isPacked } from '../wire/unpack.ts'

const Ended = createError(
  'THREAD_ENDED',
  'the request could not be taken; send it again with the same ids',
  503,
)

/** Bodies up to here have a thread of their own: parsing one of 10 MB blocks its thread for a tenth of a second and more. */
const MIDDLE_BYTES = 512 << 10
/** A body of 10 MB may become objects of 200 MB: with room for one of them each thread fits into an instance of 1 GiB. */
const HEAP_MB = 256
/**
 * Threads for what is larger. To parse such a body keeps its thread for a second, and all that waits for Pub/Sub in it. The bodies of
 * another caller go to another thread, and the system divides the core among the two.
 */
const LARGE_THREADS = 2

/** Three threads: one for bodies of middling size, and two for what is larger than that. */
export function bulkThreads(options: BulkThreadOptions, logger: Logger): Bulk {
  const middleBytes = Math.min(MIDDLE_BYTES, options.mostBytes)
  const middle = new BulkThread({ ...options, mostBytes: middleBytes }, logger)
  const large = Array.from({ length: LARGE_THREADS }, () => new BulkThread(options, logger))
  const places = new CallerPlaces(large)
  const middleTurns = new CallerTurns({ most: 12, mostOfOne: 4 })
  const largeTurns = new CallerTurns({ most: 4, mostOfOne: 2 })
  return {
    async take(request, begins) {
      const bytes = request.pieces.reduce((sum, { length }) => sum + length, 0)
      const packed = isPacked(request.headers['content-encoding'])
      const takeLarge = () =>
        largeTurns.run(request.caller, async () => {
          begins?.(answerBytesOf(packed ? options.mostBytes : bytes))
          return places.run(request.caller, (thread) => thread.take(request, true))
        })
      if (bytes > middleBytes) return takeLarge()
      // it may turn out to be larger, and is needed once more then
      let isLarger = false
      try {
        return await middleTurns.run(request.caller, async () => {
          begins?.(answerBytesOf(packed ? middleBytes : bytes))
          return middle.take(request, !packed)
        })
      } catch (error) {
        isLarger =
          packed &&
          (error as { code?: unknown }).code === 'BODY_TOO_LARGE' &&
          middleBytes !== options.mostBytes
        if (!isLarger) throw error
      } finally {
        if (!isLarger) request.pieces.forEach(letGo)
      }
      return takeLarge()
    },
    async close() {
      await Promise.all([middle, ...large].map((thread) => thread.close()))
    },
  }
}

export class BulkThread {
  readonly #thread: Thread<BulkRequest, BulkOutcome>

  constructor(options: BulkThreadOptions, logger: Logger) {
    const ended = () => new Ended()
    const kind = { file: 'bulk-thread', workerData: options, heapMb: HEAP_MB, ended }
    this.#thread = new Thread(kind, logger)
  }

  /** @param isMoved whether the thread becomes the owner of the body, so that nothing is copied: the caller has it no longer */
  take(request: BulkRequest, isMoved: boolean): Promise<BulkOutcome> {
    // what node:http hands over are buffers of their own; those of Buffer's pool are copied
    const moved = isMoved
      ? request.pieces.map(({ buffer }) => buffer).filter((buffer) => !isMarkedAsUntransferable(buffer))
      : []
    return this.#thread.call(request, moved as ArrayBuffer[])
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

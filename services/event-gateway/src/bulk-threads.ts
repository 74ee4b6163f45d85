import type { Logger } from '@tablestream/service-kit'
import type { Bulk, BulkRequest } from './bulk.ts'
import type { ThreadOptions } from './bulk-messages.ts'
import { CallerTurns } from './caller-turns.ts'
import { letGo } from './let-go.ts'
import { Thread } from './thread.ts'
import { isPacked } from './unpack.ts'

/** Bodies up to here have a thread of their own: parsing one of 10 MB blocks its thread for a tenth of a second and more. */
const MIDDLE_BYTES = 512 << 10

/** Two threads: one for bodies of middling size, one for what is larger than that. */
export function bulkThreads(options: ThreadOptions, logger: Logger): Bulk {
  const middleBytes = Math.min(MIDDLE_BYTES, options.mostBytes)
  const middle = new Thread({ ...options, mostBytes: middleBytes }, logger)
  const large = new Thread(options, logger)
  const middleTurns = new CallerTurns({ most: 12, mostOfOne: 4 })
  const largeTurns = new CallerTurns({ most: 4, mostOfOne: 2 })
  const takeLarge = (request: BulkRequest) => largeTurns.run(request.caller, () => large.take(request, true))
  return {
    async take(request) {
      const bytes = request.pieces.reduce((sum, { length }) => sum + length, 0)
      if (bytes > middleBytes) return takeLarge(request)
      // it may turn out to be larger, and is needed once more then
      const packed = isPacked(request.headers['content-encoding'])
      let isLarger = false
      try {
        return await middleTurns.run(request.caller, () => middle.take(request, !packed))
      } catch (error) {
        isLarger =
          packed &&
          (error as { code?: unknown }).code === 'BODY_TOO_LARGE' &&
          middleBytes !== options.mostBytes
        if (!isLarger) throw error
      } finally {
        if (!isLarger) request.pieces.forEach(letGo)
      }
      return takeLarge(request)
    },
    async close() {
      await Promise.all([middle.close(), large.close()])
    },
  }
}

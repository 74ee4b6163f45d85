import { setTimeout as sleep } from 'node:timers/promises'
import { backoff, codeOf } from '@tablestream/service-kit'

export interface Patience {
  /** Downloads that end one after the other without a byte more. */
  readonly tries: number
  readonly pauses: { readonly firstMs: number; readonly longestMs: number }
}

export const PATIENCE: Patience = { tries: 6, pauses: { firstMs: 200, longestMs: 10_000 } }

/** What the client says where the checksum of what came is not that of what is stored. */
const WRONG_CHECKSUM = 'CONTENT_DOWNLOAD_MISMATCH'
/** What ends a connection, or is answered, and may be otherwise the next time. */
const CODES = 'EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ERR_STREAM_PREMATURE_CLOSE'
const STATUSES = [408, 429, 500, 502, 503, 504]
const PASSING = new Set<unknown>([...CODES.split(' '), ...STATUSES])

const hasWrongChecksum = (error: unknown): boolean => codeOf(error) === WRONG_CHECKSUM
export const mayPass = (error: unknown): boolean => PASSING.has(codeOf(error))

/** A whole download, tried again where that may help. */
export async function untilItPasses<T>(
  download: () => Promise<T>,
  { tries, pauses }: Patience = PATIENCE,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await download()
    } catch (error) {
      if (failures === tries || !(mayPass(error) || hasWrongChecksum(error))) throw error
      await sleep(backoff(failures, pauses))
    }
  }
}

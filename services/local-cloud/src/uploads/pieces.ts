import { createWriteStream, statSync, truncateSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GoogleError } from '../google-error.ts'
import type { ContentRange } from './content-range.ts'

/** Of a piece that is not the last one, so much is kept: whole multiples of it. */
const GRAIN = 256 << 10

/**
 * Puts a piece of an upload behind what is there of it (cloud.google.com/storage/docs/performing-resumable-uploads).
 *
 * @param path the file that holds what came before
 * @returns whether it was the last piece
 * @throws GoogleError INVALID_ARGUMENT where it does not fit; whatever the caller's going away, or the disk, fails with
 */
export async function appendPiece(
  path: string,
  { start, end }: Extract<ContentRange, { kind: 'bytes' }>,
  total: number | undefined,
  body: Readable,
): Promise<boolean> {
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
  const file = createWriteStream(path, { flags: 'a' })
  const closed = new Promise<void>((resolve) => file.once('close', () => resolve()))
  try {
    await pipeline(body, fresh, file)
  } catch (error) {
    // a write that is under way ends behind the error, and would put bytes behind what is cut off
    await closed
    // the caller went away: what came is kept, and it asks how much that is
    keepWholeGrains(path, before)
    throw error
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
  if (!isLast) keepWholeGrains(path, before)
  return isLast
}

function keepWholeGrains(path: string, least: number): void {
  const { size } = statSync(path)
  truncateSync(path, Math.max(least, size - (size % GRAIN)))
}

export function badRange(what: string): GoogleError {
  const message = `Invalid request. According to the Content-Range header, ${what}.`
  return new GoogleError('INVALID_ARGUMENT', message)
}

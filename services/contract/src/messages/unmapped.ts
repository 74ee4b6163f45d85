import { jsonColumnText, type JsonValue } from '@tablestream/table-schema'
import type { Rejection } from './rejection.ts'

/** AppendRows takes 10 MB a request, and some of it is overhead. */
export const ROW_BYTES = 9.5 * 1024 * 1024

export function tooLarge(bytes: number): Rejection {
  const message = `the row has ${bytes} bytes, ${ROW_BYTES} is the limit`
  return { reason: 'row_too_large', path: '', value: '', message }
}

/** A value that no column takes. */
export interface LeftOut {
  /** JSON pointer. */
  readonly path: string
  readonly value: JsonValue
}

/**
 * What `_unmapped` holds, as JSON text; or why the event is a dead letter. The characters of all paths are counted before one is written:
 * a key of 100 KB above an array of 10,000 objects is a part of 10,000 paths, and 200 KB of an event would become a gigabyte.
 */
export function unmappedText(leftOut: readonly LeftOut[]): string | Rejection {
  // a path is as long as the keys in it, and takes no memory of its own until somebody reads it
  const characters = leftOut.reduce((sum, { path }) => sum + path.length, 0)
  if (characters > ROW_BYTES) return tooLarge(characters)
  return jsonColumnText(Object.fromEntries(leftOut.map(({ path, value }) => [path, value])))
}

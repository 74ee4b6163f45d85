import { Carried, tooLong } from './carried.ts'
import type { LineCount } from './line-count.ts'
import type { Place, Read } from './records.ts'
import { isBlank, skipBlanks } from './text.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d

export interface LinesOptions {
  readonly uri: string
  /** Bytes of a record. */
  readonly most: number
  /** The byte at which the first chunk begins. */
  readonly from: number
  /** Lines that begin from here on are another portion's. */
  readonly until: number
  /** Number of the first line, where it is known. */
  readonly firstLine?: number | undefined
  /** Gets how many lines there were, blank ones as well. */
  readonly count: LineCount
}

/**
 * A record a line: its bytes, without the white space around it. Lines end with \n or \r\n, the last one with the text; blank lines are
 * nothing. What a line is made of nobody looks at here.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  { uri, most, from, until, firstLine, count }: LinesOptions,
): AsyncGenerator<Read[]> {
  const carried = new Carried(most)
  let base = from
  let start = from
  let line = firstLine

  const read = (bytes: Uint8Array, length: number): Read | undefined => {
    const place: Place = line === undefined ? { uri, byte: start } : { uri, line, byte: start }
    if (length > most) return tooLong(bytes, length, most, place)
    let end = bytes.length
    if (bytes[end - 1] === RETURN) end--
    // nearly all lines begin and end with a bracket
    const first = isBlank(bytes[0]) ? skipBlanks(bytes, 0, end) : 0
    while (end > first && isBlank(bytes[end - 1])) end--
    return end === first ? undefined : { kind: 'record', json: bytes.subarray(first, end), place }
  }

  for await (const chunk of chunks) {
    const batch: Read[] = []
    let at = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      let found: Read | undefined
      if (carried.length === 0) found = read(chunk.subarray(at, end), end - at)
      else {
        carried.add(chunk.subarray(at, end))
        const { length } = carried
        found = read(carried.take(), length)
      }
      if (found) batch.push(found)
      at = end + 1
      start = base + at
      count.lines++
      if (line !== undefined) line++
      if (start >= until) break
    }
    if (batch.length > 0) yield batch
    if (start >= until) return
    if (at < chunk.length) carried.add(chunk.subarray(at))
    base += chunk.length
  }
  const { length } = carried
  if (length > 0) count.lines++
  const last = length > 0 ? read(carried.take(), length) : undefined
  if (last) yield [last]
}

import type { LineCount } from './line-count.ts'
import { readLines } from './lines.ts'
import type { Portion, Read, Recognised, SourceObject } from './records.ts'
import { sourceText } from './source-text.ts'

const NEWLINE = 0x0a

/** The lines that begin in a portion. The last one may end in the next. */
export async function* readPortionLines(
  object: SourceObject,
  found: Recognised,
  { from, until, firstLine }: Portion,
  { most, count }: { readonly most: number; readonly count: LineCount },
): AsyncGenerator<Read[]> {
  const { uri } = object
  if (from === 0) {
    const { from: start, chunks } = await sourceText(object, found)
    yield* readLines(chunks, { uri, most, from: start, until, firstLine: 1, count })
    return
  }
  // the first line that begins here stands behind a line end, which may be the byte before
  const { chunks } = await sourceText(object, found, { start: from - 1 })
  const rest = await behindLineEnd(chunks, from - 1, until)
  if (rest) yield* readLines(rest.chunks, { uri, most, from: rest.from, until, firstLine, count })
}

/** Undefined where no line begins before `until`: of a long line, whoever has its beginning reads the rest. */
async function behindLineEnd(chunks: AsyncIterable<Buffer>, from: number, until: number) {
  const each = chunks[Symbol.asyncIterator]()
  let base = from
  for (let next = await each.next(); !next.done; next = await each.next()) {
    const chunk = next.value
    const end = chunk.indexOf(NEWLINE)
    if (end >= 0) {
      const begin = base + end + 1
      if (begin >= until) break
      return { from: begin, chunks: followedBy(chunk.subarray(end + 1), each) }
    }
    base += chunk.length
    if (base >= until) break
  }
  await each.return?.()
  return undefined
}

async function* followedBy(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first
    for (let next = await others.next(); !next.done; next = await others.next()) yield next.value
  } finally {
    await others.return?.()
  }
}

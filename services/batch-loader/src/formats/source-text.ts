import type { ByteRange, Recognised, SourceObject } from './records.ts'
import { asUtf8, byteOrderMark } from './text.ts'
import { unpacked } from './unpack.ts'

/** Text of a source in UTF-8, from one byte of it until another, without its byte order mark, and the byte at which it begins. */
export interface SourceText {
  readonly from: number
  readonly chunks: AsyncIterable<Buffer>
}

export async function sourceText(
  object: SourceObject,
  { packing, encoding }: Recognised,
  range: ByteRange = { start: 0 },
): Promise<SourceText> {
  const chunks = unpacked(object, packing, range)[Symbol.asyncIterator]()
  if (range.start > 0) return { from: range.start, chunks: behind(chunks, undefined) }
  // a mark has three bytes at most; a chunk may have fewer
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 3) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  const from = byteOrderMark(head)?.length ?? 0
  return {
    from: encoding === 'utf-8' ? from : 0,
    chunks: asUtf8(behind(chunks, head.subarray(from)), encoding, object.uri),
  }
}

async function* behind(chunks: AsyncIterator<Buffer>, first: Buffer | undefined): AsyncGenerator<Buffer> {
  try {
    if (first && first.length > 0) yield first
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  } finally {
    await chunks.return?.()
  }
}

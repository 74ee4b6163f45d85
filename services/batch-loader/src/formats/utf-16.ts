import { SourceError } from './records.ts'

const UNIT = 2
/** The first half of a pair is a unit from 0xD800 to 0xDBFF; half of a pair is one up to 0xDFFF. */
const isFirstHalf = (high: number) => (high & 0xfc) === 0xd8

/**
 * UTF-16 as UTF-8. Half of a pair, without its other half, is the three bytes that UTF-8 would have for it if it had any: no UTF-8. So its
 * record is a dead letter, as one with any other wrong byte is, and no U+FFFD lands in its place without a word.
 *
 * @throws SourceError where it ends within a character, behind what is before it
 */
export async function* utf16AsUtf8(
  chunks: AsyncIterable<Buffer>,
  isBigEndian: boolean,
  uri: string,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = endOfCharacters(all, isBigEndian)
    rest = Buffer.from(all.subarray(end))
    if (end > 0) yield asUtf8(all.subarray(0, end), isBigEndian)
  }
  if (rest.length > 0)
    throw new SourceError('truncated', 'its UTF-16 ends in the middle of a character', { uri })
}

/** Where the last character ends of which all bytes are there. */
function endOfCharacters(bytes: Buffer, isBigEndian: boolean): number {
  const end = bytes.length - (bytes.length % UNIT)
  const high = bytes[isBigEndian ? end - UNIT : end - 1]
  return high !== undefined && isFirstHalf(high) ? end - UNIT : end
}

function asUtf8(bytes: Buffer, isBigEndian: boolean): Buffer {
  // the bytes may be another's
  const text = (isBigEndian ? Buffer.from(bytes).swap16() : bytes).toString('utf16le')
  if (text.isWellFormed()) return Buffer.from(text)
  const pieces: Buffer[] = []
  let at = 0
  for (const { 0: half, index } of text.matchAll(/\p{Cs}/gu)) {
    const code = half.charCodeAt(0)
    pieces.push(Buffer.from(text.slice(at, index)))
    pieces.push(Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]))
    at = index + 1
  }
  return Buffer.concat([...pieces, Buffer.from(text.slice(at))])
}

import type { Encoding } from './records.ts'
import { utf16AsUtf8 } from './utf-16.ts'

const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** What a byte order mark at the beginning says, and how many bytes it has. */
export function byteOrderMark(
  head: Buffer,
): { readonly encoding: Encoding; readonly length: number } | undefined {
  const found = MARKS.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte))
  return found && { encoding: found[0], length: found[1].length }
}

/**
 * Text of whatever encoding as UTF-8, without its byte order mark.
 *
 * @throws SourceError where UTF-16 ends within a character, behind what is before it
 */
export async function* asUtf8(
  bytes: AsyncIterable<Buffer>,
  encoding: Encoding,
  uri: string,
): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') yield* bytes
  else if (encoding === 'windows-1252') {
    const decoder = new TextDecoder(encoding)
    for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  } else yield* utf16AsUtf8(bytes, encoding === 'utf-16be', uri)
}

export const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Where the first byte that is no white space stands, from `start` up to `end`; `end`: there is none. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isBlank(bytes[at])) at++
  return at
}

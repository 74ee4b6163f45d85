import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import { SourceError, type ByteRange, type Packing, type SourceObject } from './records.ts'

/** Bytes that are unpacked at a time. */
const CHUNK = 1 << 16

/** The first bytes of a skippable frame of zstd: 0x184D2A50 to 0x184D2A5F, little-endian (RFC 8878, 3.1.2). */
const isSkippable = (head: Buffer): boolean =>
  head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50

export function packingOf(head: Buffer): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head.length >= 4 && (head.readUInt32LE(0) === 0xfd2fb528 || isSkippable(head))) return 'zstd'
  return 'none'
}

/**
 * The bytes of an object as they were before they were packed. Members of gzip and frames of zstd that stand one behind the other are
 * one text.
 *
 * @param range of what is not packed alone: the packed has no bounds that could be begun at
 * @throws SourceError `truncated` or `damaged`, behind what could be unpacked; of the last CHUNK some may be missing
 */
export async function* unpacked(
  object: SourceObject,
  packing: Packing,
  range?: ByteRange,
): AsyncGenerator<Buffer> {
  const input = object.open(packing === 'none' ? range : undefined)
  try {
    if (packing === 'none') yield* input as AsyncIterable<Buffer>
    else if (packing === 'gzip') yield* gunzipped(input)
    else yield* unzstd(input)
  } catch (error) {
    throw packing === 'none' ? error : asSourceError(error, packing, object.uri)
  } finally {
    input.destroy()
  }
}

/** Node's own decompressor goes on with the next member, but stops at zeros behind one, and drops whatever stands behind them. */
async function* gunzipped(input: Readable): AsyncGenerator<Buffer> {
  const chunks = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const members = createGunzip({ chunkSize: CHUNK })
  const fed = feed(members, chunks)
  // its error ends the loop below, too
  fed.catch((error: unknown) => members.destroy(error as Error))
  yield* members as AsyncIterable<Buffer>
  for (let rest = await fed; rest;) {
    // tapes and disks are filled up with zeros
    if (rest.some((byte) => byte !== 0))
      throw Object.assign(new Error('something stands behind its end'), { code: 'Z_DATA_ERROR' })
    const next = await chunks.next()
    rest = next.done ? undefined : next.value
  }
}

/**
 * Node's own decompressor stops at the end of the first frame, without an error, and drops what stands behind it in the same chunk: each
 * frame has one of its own, which begins where the one before ended.
 */
async function* unzstd(input: Readable): AsyncGenerator<Buffer> {
  const chunks = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let rest: Buffer | undefined
  do {
    const frame = createZstdDecompress({ chunkSize: CHUNK })
    const fed = feed(frame, chunks, rest)
    // its error ends the loop below, too
    fed.catch((error: unknown) => frame.destroy(error as Error))
    yield* frame as AsyncIterable<Buffer>
    rest = await fed
  } while (rest)
}

/** @returns what stands behind the end of what can be unpacked; undefined at the end of the input */
async function feed(
  frame: ZstdDecompress | Gunzip,
  chunks: AsyncIterator<Buffer>,
  rest?: Buffer,
): Promise<Buffer | undefined> {
  let given = 0
  for (;;) {
    const next = rest ? { value: rest, done: false } : await chunks.next()
    rest = undefined
    if (next.done) break
    const chunk = next.value
    given += chunk.length
    await new Promise<void>((resolve, reject) => {
      frame.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
    const left = given - frame.bytesWritten
    if (left > 0) {
      frame.end()
      return chunk.subarray(chunk.length - left)
    }
  }
  frame.end()
  return undefined
}

function asSourceError(error: unknown, packing: Packing, uri: string): unknown {
  const { code = '', message } = error as { code?: string; message: string }
  if (code === 'Z_BUF_ERROR')
    return new SourceError('truncated', `its ${packing} ends too soon`, { uri }, { cause: error })
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return new SourceError(
      'unknown',
      'its zstd was packed with a window of more than 128 MB (zstd --long=27), which is not read: pack it with a smaller one',
      { uri },
      { cause: error },
    )
  if (/^(Z_|ZSTD_)/.test(code))
    return new SourceError(
      'damaged',
      `its ${packing} cannot be unpacked: ${message}`,
      { uri },
      { cause: error },
    )
  return error
}

import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import type { Type } from 'avsc'
import { snappyUncompress } from 'hyparquet'
import { avroBlocks, avroHeader, type AvroBlock, type AvroHeader } from './avro-blocks.ts'
import { avroType, avroWriter, PROTO } from './avro-json.ts'
import { messageReader, type MessageReader } from './avro-messages.ts'
import { SourceError, type Packing, type Portion, type Read, type SourceObject } from './records.ts'
import { asFarAsPossible, Unwritable, type WriteText } from './unwritable.ts'

/** A block is unpacked to at most so much. */
const MOST_BLOCK = 1 << 30
/** Records that are handed on at a time. */
const BATCH = 1000

/**
 * The records of the blocks of a portion. Files of messages, as the archive has them and as Pub/Sub writes them to Cloud Storage, are
 * messages again.
 *
 * @throws SourceError where a block is damaged, behind all records before it
 */
export async function* readAvro(
  object: SourceObject,
  packing: Packing,
  portion: Portion,
): AsyncGenerator<Read[]> {
  const { uri } = object
  const header = await avroHeader(object, packing)
  const unpack = CODECS[header.codec]
  if (!unpack)
    throw new SourceError(
      'unknown',
      `its Avro is packed with ${header.codec}: ${Object.keys(CODECS).join(', ')} can be read`,
      { uri },
    )
  const { type, write } = typeOf(header, uri)
  const message = messageReader(header.schema)
  for await (const block of avroBlocks(object, packing, header, portion)) {
    const data = unpackBlock(block, unpack, uri)
    let batch: Read[] = []
    let at = 0
    for (let row = 0; row < block.records; row++) {
      const place = { uri, block: block.byte, row }
      let decoded: { value: unknown; offset: number }
      try {
        decoded = type.decode(data, at)
      } catch (error) {
        decoded = { value: error, offset: -1 }
      }
      const { value, offset } = decoded
      if (offset < 0) {
        if (batch.length > 0) yield batch
        throw new SourceError('damaged', 'a record of its Avro is none of its schema', place, {
          cause: value,
        })
      }
      const bytes = data.subarray(at, offset)
      at = offset
      batch.push(
        message
          ? messageOf(message(value), place)
          : isWithoutName(value, type, bytes)
            ? broken(value, NOT_HELD, place)
            : recordOf(value, write, place, bytes),
      )
      if (batch.length === BATCH) {
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
    if (at < data.length)
      throw new SourceError(
        'damaged',
        `a block of its Avro has ${data.length - at} bytes behind its ${block.records} records`,
        { uri, block: block.byte, byte: block.byte },
      )
  }
}

function typeOf({ schema }: AvroHeader, uri: string): { readonly type: Type; readonly write: WriteText } {
  try {
    return { type: avroType(schema), write: avroWriter(schema) }
  } catch (error) {
    throw new SourceError(
      'damaged',
      `its Avro schema is none: ${(error as Error).message}`,
      { uri },
      { cause: error },
    )
  }
}

function messageOf(found: ReturnType<MessageReader>, place: Read['place']): Read {
  if (!('reason' in found)) return { kind: 'record', ...found, place }
  const { json, reason } = found
  return { kind: 'broken', bytes: json, length: json.length, rule: 'value', reason, place }
}

/** @param bytes that the value was decoded from */
function recordOf(value: unknown, write: WriteText, place: Read['place'], bytes: Buffer): Read {
  try {
    const text = write(value)
    const json = Buffer.from(text)
    if (!text.includes(REPLACED) || !isReplaced(text, bytes)) return { kind: 'record', json, place }
    const reason = `${pathOfReplaced(JSON.parse(text))}: its bytes are no UTF-8`
    return { kind: 'broken', bytes: json, length: json.length, rule: 'encoding', reason, place }
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error
    return broken(value, error.message, place)
  }
}

function broken(value: unknown, reason: string, place: Read['place']): Read {
  const bytes = asFarAsPossible(value)
  return { kind: 'broken', bytes, length: bytes.length, rule: 'value', reason, place }
}

const NOT_HELD = `a field has the name ${PROTO}, which cannot be read`

/** Whether a value lost a name of a map, and has fewer bytes than it was read from. */
function isWithoutName(value: unknown, type: Type, bytes: Buffer): boolean {
  return bytes.includes(PROTO) && type.toBuffer(value).length < bytes.length
}

/** What the library has for bytes that are no text, without a word; */
const REPLACED = '\uFFFD'
/** and how a text has it that was written so. */
const WRITTEN = Buffer.from(REPLACED)

/** Whether a text has the character more often than it was written. */
function isReplaced(text: string, bytes: Buffer): boolean {
  let written = 0
  for (let at = bytes.indexOf(WRITTEN); at >= 0; at = bytes.indexOf(WRITTEN, at + WRITTEN.length)) written++
  return text.split(REPLACED).length - 1 > written
}

/** Of the first text, or name, that has the character. */
function pathOfReplaced(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes(REPLACED) ? '' : undefined
  for (const [name, each] of Object.entries(value ?? {})) {
    const rest = name.includes(REPLACED) ? '' : pathOfReplaced(each)
    if (rest !== undefined) return `/${name}${rest}`
  }
  return undefined
}

function unpackBlock({ data, byte }: AvroBlock, unpack: (data: Buffer) => Buffer, uri: string): Buffer {
  try {
    return unpack(data)
  } catch (error) {
    throw new SourceError(
      'damaged',
      `a block of its Avro cannot be unpacked: ${(error as Error).message}`,
      { uri, block: byte, byte },
      { cause: error },
    )
  }
}

const CODECS: Readonly<Record<string, (data: Buffer) => Buffer>> = {
  null: (data) => data,
  deflate: (data) => inflateRawSync(data, { maxOutputLength: MOST_BLOCK }),
  zstandard: (data) => zstdDecompressSync(data, { maxOutputLength: MOST_BLOCK }),
  snappy: (data) => {
    // its length stands before it, seven bits a byte; a checksum of four bytes behind it
    let length = 0
    for (let at = 0; at < 5; at++) {
      length += (data[at]! & 0x7f) * 2 ** (7 * at)
      if (data[at]! < 0x80) break
    }
    if (!(length <= MOST_BLOCK)) throw new Error(`it would have ${length} bytes`)
    const output = Buffer.alloc(length)
    snappyUncompress(data.subarray(0, -4), output)
    if (crc32(output) !== data.readUInt32BE(data.length - 4))
      throw new Error('its checksum is another one than that of its bytes')
    return output
  },
}

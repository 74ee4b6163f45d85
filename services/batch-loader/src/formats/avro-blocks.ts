import avro from 'avsc'
import { SourceError, type Packing, type SourceObject } from './records.ts'
import { unpacked } from './unpack.ts'

const MAGIC = 'Obj\x01'
const SYNC_BYTES = 16
/** A header with the schema of thousands of fields has some MB. */
const MOST_HEADER = 64 << 20
/** Writers make blocks of 16 kB to some MB; this much has to be in memory at once. */
const MOST_BLOCK = 256 << 20
/** Two numbers of 64 bits by seven. */
const MOST_NUMBERS = 20

const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_BYTES } },
  ],
})
const LONG = avro.Type.forSchema('long')

/** What stands before the blocks (avro.apache.org, specification, "Object Container Files"). */
export interface AvroHeader {
  readonly schema: unknown
  readonly codec: string
  readonly sync: Buffer
  readonly bytes: number
}

export interface AvroBlock {
  /** At which it begins. */
  readonly byte: number
  readonly records: number
  /** As they are in the file: packed. */
  readonly data: Buffer
}

/** @throws SourceError where the file ends within it, or it is none */
export async function avroHeader(object: SourceObject, packing: Packing = 'none'): Promise<AvroHeader> {
  const bytes = new Bytes(unpacked(object, packing, { start: 0 }), 0)
  try {
    return await headerIn(bytes, object.uri)
  } finally {
    await bytes.close()
  }
}

async function headerIn(bytes: Bytes, uri: string): Promise<AvroHeader> {
  for (let wanted = 1 << 16; ; wanted *= 2) {
    const isAll = !(await bytes.have(wanted))
    const { value, offset } = HEADER.decode(bytes.view) as {
      value?: { magic: Buffer; meta: Record<string, Buffer>; sync: Buffer }
      offset: number
    }
    if (value && offset >= 0) {
      if (value.magic.toString('latin1') !== MAGIC) break
      bytes.skip(offset)
      const { 'avro.schema': schema, 'avro.codec': codec } = value.meta
      return {
        schema: schemaOf(schema, uri),
        codec: codec?.toString() || 'null',
        sync: Buffer.from(value.sync),
        bytes: offset,
      }
    }
    if (isAll) throw new SourceError('truncated', 'its Avro ends within the header', { uri, byte: bytes.at })
    if (wanted >= MOST_HEADER) break
  }
  throw new SourceError('damaged', 'its header is none of Avro', { uri, byte: 0 })
}

function schemaOf(text: Buffer | undefined, uri: string): unknown {
  try {
    return JSON.parse(text!.toString()) as unknown
  } catch (error) {
    throw new SourceError(
      'damaged',
      'the schema in its Avro header is no JSON',
      { uri, byte: 0 },
      { cause: error },
    )
  }
}

/**
 * The blocks of a portion: those whose sync marker before them begins within it. The library's own reader of files takes one that ends
 * in the middle of a block for whole, and cannot begin in the middle of a file; the numbers and the header are read by the library.
 *
 * @throws SourceError where the file ends too soon, or a block does not end with the marker
 */
export async function* avroBlocks(
  object: SourceObject,
  packing: Packing,
  header: AvroHeader,
  { from, until }: { readonly from: number; readonly until: number },
): AsyncGenerator<AvroBlock> {
  const { uri } = object
  const start = from === 0 ? header.bytes - SYNC_BYTES : Math.max(from, header.bytes - SYNC_BYTES)
  const opened = packing === 'none' ? start : 0
  const bytes = new Bytes(unpacked(object, packing, { start: opened }), opened)
  try {
    if (opened < start) await bytes.pass(start - opened)
    if (!(await findMarker(bytes, header.sync))) return
    while (bytes.at - SYNC_BYTES < until) {
      await bytes.have(MOST_NUMBERS)
      if (bytes.view.length === 0) return
      yield await blockIn(bytes, header.sync, uri)
    }
  } finally {
    await bytes.close()
  }
}

async function blockIn(bytes: Bytes, sync: Buffer, uri: string): Promise<AvroBlock> {
  const byte = bytes.at
  const truncated = () =>
    new SourceError('truncated', 'its Avro ends in the middle of a block', { uri, block: byte, byte })
  const count = LONG.decode(bytes.view)
  const size = count.offset < 0 ? count : LONG.decode(bytes.view, count.offset)
  if (size.offset < 0) throw truncated()
  if (count.value < 0 || size.value < 0 || size.value > MOST_BLOCK)
    throw new SourceError('damaged', `a block of Avro has ${count.value} records in ${size.value} bytes`, {
      uri,
      block: byte,
      byte,
    })
  const end = size.offset + size.value
  if (!(await bytes.have(end + SYNC_BYTES))) throw truncated()
  if (!bytes.view.subarray(end, end + SYNC_BYTES).equals(sync))
    throw new SourceError('damaged', 'a block of Avro does not end with the marker of its file', {
      uri,
      block: byte,
      byte,
    })
  const data = bytes.view.subarray(size.offset, end)
  bytes.skip(end + SYNC_BYTES)
  return { byte, records: count.value, data }
}

async function findMarker(bytes: Bytes, sync: Buffer): Promise<boolean> {
  for (let wanted = 1 << 16; ;) {
    const isMore = await bytes.have(wanted)
    const found = bytes.view.indexOf(sync)
    if (found >= 0) {
      bytes.skip(found + SYNC_BYTES)
      return true
    }
    if (!isMore) return false
    bytes.skip(Math.max(0, bytes.view.length - SYNC_BYTES))
  }
}

/** Bytes that come in chunks, looked at as one. */
class Bytes {
  /** What has come and was not passed over. */
  view: Buffer = Buffer.alloc(0)
  /** Where it begins. */
  at: number
  readonly #chunks: AsyncIterator<Buffer>

  constructor(chunks: AsyncIterable<Buffer>, at: number) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.at = at
  }

  /** @returns whether there are so many */
  async have(length: number): Promise<boolean> {
    if (this.view.length >= length) return true
    const pieces = [this.view]
    let count = this.view.length
    while (count < length) {
      const next = await this.#chunks.next()
      if (next.done) break
      pieces.push(next.value)
      count += next.value.length
    }
    if (pieces.length > 1) this.view = Buffer.concat(pieces)
    return count >= length
  }

  skip(length: number): void {
    this.view = this.view.subarray(length)
    this.at += length
  }

  /** Over more than there may be in memory. */
  async pass(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const isThere = await this.have(1)
      if (!isThere) return
      const step = Math.min(left, this.view.length)
      this.skip(step)
      left -= step
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

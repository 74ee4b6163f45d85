import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { ColumnMetaData, Compressors, PageHeader, SchemaElement } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js'
import { byteStreamSplit, readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { kindOf, leafWriter } from './parquet-leaf.ts'
import {
  BytesValues,
  Dictionary,
  DictionaryValues,
  ListedValues,
  LongValues,
  type PageValues,
} from './parquet-values.ts'
import type { WriteText } from './unwritable.ts'

/** A header has the least and the greatest value of its page, of any length; */
const LEAST_HEADER = 1 << 10
/** not of more than so much. A page has some MB, and all of its row group where DuckDB writes it. */
const MOST_PAGE = 1 << 30

/** Values of one column that stand together, and their levels (parquet-format, README: "Nested Encoding"). */
export interface Page {
  /** Of levels: nulls and empty lists have one, too. */
  readonly count: number
  /** How many rows begin in it. */
  readonly rows: number
  /** Absent where each value begins a row. */
  readonly repetitions: Uint8Array | undefined
  /** Absent where none is missing. */
  readonly definitions: Uint8Array | undefined
  readonly values: PageValues
}

/** What of a schema a column is read by. */
export interface LeafSchema {
  readonly element: SchemaElement
  /** The level of a value that is there. */
  readonly definition: number
  /** How many lists it stands in. */
  readonly repetition: number
}

export type ReadRange = (start: number, end: number) => Promise<Buffer>

/** The pages of one column of a row group, in their order. */
export class ColumnPages {
  readonly #bytes: ChunkBytes
  readonly #meta: ColumnMetaData
  readonly #leaf: LeafSchema
  readonly #write: WriteText
  #dictionary: Dictionary | undefined
  #left: number

  /** @param ahead about so many bytes are asked for at a time */
  constructor(read: ReadRange, meta: ColumnMetaData, leaf: LeafSchema, ahead: number) {
    const { data_page_offset: data, dictionary_page_offset: dictionary, total_compressed_size: size } = meta
    const start = Number(dictionary && dictionary < data ? dictionary : data)
    this.#bytes = new ChunkBytes(read, { start, end: start + Number(size), ahead })
    this.#meta = meta
    this.#leaf = leaf
    this.#write = leafWriter(leaf.element)
    this.#left = Number(meta.num_values)
  }

  /** @returns undefined behind the last one @throws where it cannot be read */
  async next(): Promise<Page | undefined> {
    while (this.#left > 0) {
      const header = await this.#header()
      const { compressed_page_size: size, uncompressed_page_size: unpacked, crc } = header
      if (!(size >= 0 && unpacked >= 0 && unpacked <= MOST_PAGE))
        throw new Error(`a page has ${size} bytes, ${unpacked} of them unpacked`)
      const packed = await this.#bytes.take(size)
      if (crc !== undefined && (crc32(packed) | 0) !== (crc | 0))
        throw new Error('the checksum of a page is another one than that of its bytes')
      const page = this.#pageOf(header, packed)
      if (!page) continue
      this.#left -= page.count
      return page
    }
    return undefined
  }

  async #header(): Promise<PageHeader> {
    for (let wanted = LEAST_HEADER; ; wanted *= 2) {
      const view = await this.#bytes.look(wanted)
      const reader = { view: viewOf(view), offset: 0 }
      try {
        const header = parquetHeader(reader)
        this.#bytes.skip(reader.offset)
        return header
      } catch (error) {
        // the header may go on behind what was looked at
        if (view.length < wanted || wanted > MOST_PAGE) throw error
      }
    }
  }

  #pageOf(header: PageHeader, packed: Buffer): Page | undefined {
    const {
      type,
      data_page_header: first,
      data_page_header_v2: second,
      dictionary_page_header: dictionary,
    } = header
    if (type === 'DATA_PAGE' && first)
      return this.#firstKind(first, this.#unpack(packed, header.uncompressed_page_size))
    if (type === 'DATA_PAGE_V2' && second) return this.#secondKind(second, header, packed)
    if (type === 'DICTIONARY_PAGE' && dictionary) {
      const bytes = this.#unpack(packed, header.uncompressed_page_size)
      const { type: stored, type_length: length } = this.#leaf.element
      const values = readPlain(readerOf(bytes), stored!, dictionary.num_values, length)
      this.#dictionary = new Dictionary(values, this.#write)
      return undefined
    }
    if (type === 'INDEX_PAGE') return undefined
    throw new Error(`a page is of the kind ${type}`)
  }

  #unpack(packed: Uint8Array, size: number): Uint8Array {
    // nothing is packed as a byte by LZ4, which its reader takes for damaged
    if (size === 0) return new Uint8Array()
    return decompressPage(packed, size, this.#meta.codec, COMPRESSORS)
  }

  #firstKind(page: NonNullable<PageHeader['data_page_header']>, bytes: Uint8Array): Page {
    const { num_values: count, encoding } = page
    this.#checkCount(count)
    const { repetition, definition } = this.#leaf
    checkLevels(page.repetition_level_encoding, repetition)
    checkLevels(page.definition_level_encoding, definition)
    const reader = readerOf(bytes)
    const repetitions = repetition > 0 ? levelsOf(reader, repetition, count) : undefined
    const definitions = definition > 0 ? levelsOf(reader, definition, count) : undefined
    return this.#page({ count, encoding, repetitions, definitions }, bytes.subarray(reader.offset))
  }

  #secondKind(
    page: NonNullable<PageHeader['data_page_header_v2']>,
    { uncompressed_page_size: size }: PageHeader,
    bytes: Uint8Array,
  ): Page {
    const {
      num_values: count,
      encoding,
      repetition_levels_byte_length: before,
      definition_levels_byte_length: length,
    } = page
    this.#checkCount(count)
    const { repetition, definition } = this.#leaf
    const repetitions =
      repetition > 0 ? levelsOf(readerOf(bytes.subarray(0, before)), repetition, count, before) : undefined
    const levels = bytes.subarray(before, before + length)
    const definitions = definition > 0 ? levelsOf(readerOf(levels), definition, count, length) : undefined
    const packed = bytes.subarray(before + length)
    const isPacked = page.is_compressed !== false && packed.length > 0
    const values = isPacked ? this.#unpack(packed, size - before - length) : packed
    return this.#page({ count, encoding, repetitions, definitions }, values)
  }

  #checkCount(count: number): void {
    if (!(count >= 0 && count <= this.#left))
      throw new Error(`a page has ${count} values, and there are ${this.#left} left`)
  }

  #page(
    page: Pick<Page, 'count' | 'repetitions' | 'definitions'> & { readonly encoding: string },
    bytes: Uint8Array,
  ): Page {
    const { count, encoding, repetitions, definitions } = page
    const there = definitions ? countOf(definitions, this.#leaf.definition) : count
    return {
      count,
      rows: repetitions ? countOf(repetitions, 0) : count,
      repetitions,
      definitions: there === count ? undefined : definitions,
      values: this.#valuesOf(bytes, there, encoding),
    }
  }

  #valuesOf(bytes: Uint8Array, count: number, encoding: string): PageValues {
    const write = this.#write
    const { element } = this.#leaf
    const { type, type_length: size } = element
    if (count === 0) return new ListedValues([], write)
    const reader = readerOf(bytes)
    switch (encoding) {
      case 'PLAIN': {
        const isText = kindOf(element) === 'text'
        if (type === 'BYTE_ARRAY') return new BytesValues(bytes, write, { isText })
        if (type === 'FIXED_LEN_BYTE_ARRAY') return new BytesValues(bytes, write, { isText, size: size! })
        return listed(readPlain(reader, type!, count, size), write)
      }
      case 'PLAIN_DICTIONARY':
      case 'RLE_DICTIONARY': {
        if (!this.#dictionary) throw new Error('a page refers to a dictionary, and there is none')
        const width = reader.view.getUint8(reader.offset++)
        const indices = indicesOf(width, count)
        if (width > 0) readRleBitPackedHybrid(reader, width, indices as Uint8Array, bytes.length - 1)
        return new DictionaryValues(this.#dictionary, indices)
      }
      case 'RLE': {
        const truths = new Uint8Array(count)
        readRleBitPackedHybrid(reader, 1, truths)
        return new ListedValues(truths, (value) => (value === 0 ? 'false' : 'true'))
      }
      case 'BYTE_STREAM_SPLIT':
        return listed(byteStreamSplit(reader, count, type!, size), write)
      case 'DELTA_BINARY_PACKED': {
        const values = new BigInt64Array(count)
        deltaBinaryUnpack(reader, count, values)
        return listed(type === 'INT32' ? lowHalvesOf(values) : values, write)
      }
      case 'DELTA_LENGTH_BYTE_ARRAY':
      case 'DELTA_BYTE_ARRAY': {
        const values: Uint8Array[] = Array.from({ length: count })
        if (encoding === 'DELTA_BYTE_ARRAY') deltaByteArray(reader, count, values)
        else deltaLengthByteArray(reader, count, values)
        return new ListedValues(values, write)
      }
      default:
        throw new Error(`a page has the encoding ${encoding}`)
    }
  }
}

function listed(values: ReturnType<typeof readPlain>, write: WriteText): PageValues {
  return values instanceof BigInt64Array ? new LongValues(values, write) : new ListedValues(values, write)
}

/** Levels of the first writers would be read as others. Where there are none, writers say what they like. */
function checkLevels(encoding: string, most: number): void {
  if (most > 0 && encoding !== 'RLE') throw new Error(`the levels of a page have the encoding ${encoding}`)
}

/** Of 32 bits by 64: the first one of those without a sign has 33 bits as DuckDB writes it, and the library reads 32. */
function lowHalvesOf(values: BigInt64Array): Int32Array {
  const halves = new Int32Array(values.buffer)
  return new Int32Array(values.length).map((_, at) => halves[at * 2]!)
}

function levelsOf(reader: Reader, most: number, count: number, length?: number): Uint8Array {
  const levels = new Uint8Array(count)
  readRleBitPackedHybrid(reader, 32 - Math.clz32(most), levels, length)
  return levels
}

function indicesOf(width: number, count: number): Uint8Array | Uint16Array | Uint32Array {
  if (width <= 8) return new Uint8Array(count)
  return width <= 16 ? new Uint16Array(count) : new Uint32Array(count)
}

function countOf(levels: Uint8Array, level: number): number {
  let count = 0
  for (let at = 0; at < levels.length; at++) if (levels[at] === level) count++
  return count
}

interface Reader {
  readonly view: DataView
  offset: number
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
const readerOf = (bytes: Uint8Array): Reader => ({ view: viewOf(bytes), offset: 0 })

const unpackedBy =
  (unpack: (input: Uint8Array, options: { maxOutputLength: number }) => Buffer) =>
  (input: Uint8Array, size: number): Uint8Array =>
    unpack(input, { maxOutputLength: Math.max(1, size) })

/** Node's own where it has them: they are several times as fast. */
const COMPRESSORS: Compressors = {
  ...compressors,
  GZIP: unpackedBy(gunzipSync),
  ZSTD: unpackedBy(zstdDecompressSync),
  BROTLI: unpackedBy(brotliDecompressSync),
}

/** The bytes of one column, read piece by piece. */
class ChunkBytes {
  readonly #read: ReadRange
  readonly #ahead: number
  readonly #end: number
  #asked: number
  #view: Buffer = Buffer.alloc(0)

  constructor(
    read: ReadRange,
    range: { readonly start: number; readonly end: number; readonly ahead: number },
  ) {
    this.#read = read
    this.#asked = range.start
    this.#end = range.end
    this.#ahead = range.ahead
  }

  /** @returns so many bytes or more, or all that are left */
  async look(length: number): Promise<Buffer> {
    const missing = length - this.#view.length
    if (missing > 0 && this.#asked < this.#end) {
      const until = Math.min(this.#end, this.#asked + Math.max(missing, this.#ahead))
      const piece = await this.#read(this.#asked, until)
      this.#asked = until
      this.#view = this.#view.length === 0 ? piece : Buffer.concat([this.#view, piece])
    }
    return this.#view
  }

  skip(length: number): void {
    this.#view = this.#view.subarray(length)
  }

  async take(length: number): Promise<Buffer> {
    const view = await this.look(length)
    if (view.length < length) throw new Error(`a page has ${length} bytes, and there are ${view.length} left`)
    this.skip(length)
    return view.subarray(0, length)
  }
}

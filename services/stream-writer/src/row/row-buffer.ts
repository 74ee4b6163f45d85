import { CHUNK_BYTES, leaveChunk, newChunk, takeChunk, type RowPlace } from './row-chunk.ts'
import { sizeOf, writeLength } from './varint.ts'

// ProtoRows.serialized_rows = 1 (google/cloud/bigquery/storage/v1/protobuf.proto)
const SERIALIZED_ROW = 10
/** Tag and length of a row between 128 bytes and 16 KiB, as nearly all are. */
const FRAME = 3
/** A row that finds less room than this begins a chunk of its own. */
const LEAST_ROOM = 16 << 10
/** Up to so many characters, a loop is faster than the call of a native function. */
const SHORT_TEXT = 40

/**
 * Writes protobuf fields one behind the other, row after row. Rows are not copied: each is a part of the chunk that it was
 * written to. One buffer serves all tables in turn.
 */
export class RowBuffer {
  #chunk = newChunk(CHUNK_BYTES)
  bytes = this.#chunk.bytes
  at = 0
  /** Where the row begins, its tag and length included. */
  #from = 0

  /** Begins a row. One that was not ended is forgotten. */
  begin(): void {
    // a chunk that grew for a large row is not for small ones to keep alive
    if (this.bytes.length - this.#from < LEAST_ROOM || this.bytes.length > CHUNK_BYTES) {
      leaveChunk(this.#chunk)
      this.#chunk = takeChunk()
      this.bytes = this.#chunk.bytes
      this.#from = 0
    }
    this.at = this.#from + FRAME
  }

  /** Forgets what was written of the row. */
  rewind(): void {
    this.at = this.#from + FRAME
  }

  /** Ends the row, and tells where it is. */
  end(place: RowPlace): void {
    const start = this.#from + FRAME
    const length = this.at - start
    const extra = 1 + sizeOf(length) - FRAME
    if (extra > 0) {
      this.reserve(extra)
      this.bytes.copyWithin(start + extra, start, this.at)
      this.at += extra
    }
    const end = this.at
    place.chunk = this.#chunk
    this.#chunk.rows++
    place.from = extra < 0 ? this.#from - extra : this.#from
    place.to = end
    this.bytes[place.from] = SERIALIZED_ROW
    writeLength(this.bytes, place.from + 1, length)
    this.#from = end
  }

  /** Makes room for so many bytes more. What is written of the row keeps its place. */
  reserve(more: number): void {
    const needed = this.at + more
    if (needed <= this.bytes.length) return
    const larger = newChunk(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(larger.bytes, this.#from, this.#from, this.at)
    leaveChunk(this.#chunk)
    this.#chunk = larger
    this.bytes = larger.bytes
  }

  /** A field's number and wire type, with room for a number behind it. */
  tag(tag: number): void {
    this.reserve(20)
    if (tag < 128) this.bytes[this.at++] = tag
    else this.varint(tag)
  }

  /** An unsigned number below 2^53. Needs 10 bytes of room. */
  varint(value: number): void {
    const { bytes } = this
    let { at } = this
    let rest = value
    // beyond 31 bits there are no bit operations
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  /** Protobuf's int64: two's complement in ten bytes where it is negative. Needs 10 bytes of room. */
  int64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 127n) {
      this.bytes[this.at++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.bytes[this.at++] = Number(rest)
  }

  /** The same of a number in two halves of 32 bits, whatever their signs. Needs 10 bytes of room. */
  halves(low: number, high: number): void {
    const { bytes } = this
    let { at } = this
    let rest = low >>> 0
    for (let above = high >>> 0; above > 0; above >>>= 7) {
      bytes[at++] = (rest & 127) | 128
      rest = ((rest >>> 7) | (above << 25)) >>> 0
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  double(value: number): void {
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  /** A text with its length before it. */
  text(value: string): void {
    const { length } = value
    // a UTF-16 unit becomes at most three bytes
    this.reserve(length * 3 + 5)
    if (length > SHORT_TEXT || !this.#ascii(value)) this.#utf8(value)
  }

  /** False, with nothing written, where the text is more than ASCII. */
  #ascii(value: string): boolean {
    const { bytes } = this
    const { length } = value
    let at = this.at + 1
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 127) return false
      bytes[at++] = code
    }
    bytes[this.at] = length
    this.at = at
    return true
  }

  #utf8(value: string): void {
    const { bytes, at } = this
    // the length takes as many bytes as that of a text in ASCII would, more often than not
    const guess = sizeOf(value.length)
    const length = bytes.utf8Write(value, at + guess)
    const size = sizeOf(length)
    if (size !== guess) bytes.copyWithin(at + size, at + guess, at + guess + length)
    this.varint(length)
    this.at += length
  }

  /** Begins a nested message; its length is filled in by `closeMessage`. */
  openMessage(): number {
    this.reserve(16)
    this.at++
    return this.at
  }

  /** @param start what `openMessage` gave */
  closeMessage(start: number): void {
    const length = this.at - start
    if (length < 128) {
      this.bytes[start - 1] = length
      return
    }
    // one byte was kept for the length: longer messages move up to make room for the rest
    const extra = sizeOf(length) - 1
    this.reserve(extra)
    this.bytes.copyWithin(start + extra, start, this.at)
    this.at = start - 1
    this.varint(length)
    this.at += length
  }
}

declare global {
  interface Buffer {
    /** Node's own, faster than `write(text, at, 'utf8')`; its types leave it out. */
    utf8Write(text: string, offset: number): number
  }
}

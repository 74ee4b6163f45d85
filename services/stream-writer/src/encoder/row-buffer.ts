const FIRST_SIZE = 64 << 10

/** Writes protobuf fields one behind the other into a buffer that grows. One serves all rows of a table in turn. */
export class RowBuffer {
  bytes = Buffer.allocUnsafe(FIRST_SIZE)
  at = 0

  /** The row as a copy of its own. */
  take(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at))
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const needed = this.at + more
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** An unsigned number below 2^53. Needs 10 bytes of room. */
  varint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.bytes[this.at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.at++] = rest
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

  double(value: number): void {
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  /** A text with its length before it. */
  text(value: string): void {
    // a UTF-16 unit becomes at most three bytes
    this.reserve(value.length * 3 + 5)
    if (value.length <= 42) {
      const length = this.bytes.utf8Write(value, this.at + 1)
      this.bytes[this.at] = length
      this.at += 1 + length
      return
    }
    this.varint(Buffer.byteLength(value, 'utf8'))
    this.at += this.bytes.utf8Write(value, this.at)
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
    const extra = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4
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

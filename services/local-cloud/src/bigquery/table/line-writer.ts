/** Lines of JSON in UTF-8, one row each, with a line break between them and none behind the last. */
export interface Lines {
  readonly bytes: Buffer
  readonly count: number
}

const FIRST_BYTES = 64 << 10
/** From so many on the bytes are given away, not copied. */
const LARGE_BYTES = 4 << 20

const QUOTE = 0x22
const BACKSLASH = 0x5c
const EQUALS = 0x3d
const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const HEX = Buffer.from('0123456789abcdef')

/** Writes lines of JSON as bytes, into memory that it keeps: a row becomes no text of JavaScript on its way. */
export class LineWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0
  #lines = 0

  get length(): number {
    return this.#at
  }

  /** Forgets what was written behind this length. */
  truncate(length: number): void {
    this.#at = length
  }

  /** ASCII. */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    const bytes = this.#bytes
    let at = this.#at
    for (let index = 0; index < length; index++) bytes[at++] = text.charCodeAt(index)
    this.#at = at
  }

  text(text: string): void {
    this.#reserve(text.length * 3)
    this.#at += this.#bytes.write(text, this.#at)
  }

  byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = byte
  }

  bytes(from: Uint8Array): void {
    this.#reserve(from.length)
    const bytes = this.#bytes
    let at = this.#at
    for (let index = 0; index < from.length; index++) bytes[at++] = from[index]!
    this.#at = at
  }

  /** UTF-8 as a text of JSON, in quotes. */
  quoted(from: Uint8Array, start = 0, end = from.length): void {
    this.#reserve(end - start < FIRST_BYTES ? (end - start) * 6 + 2 : quotedSize(from, start, end))
    const bytes = this.#bytes
    let at = this.#at
    bytes[at++] = QUOTE
    for (let index = start; index < end; index++) {
      const byte = from[index]!
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) bytes[at++] = byte
      else at = escape(bytes, at, byte)
    }
    bytes[at++] = QUOTE
    this.#at = at
  }

  /** In quotes (RFC 4648, 4). From bytes to bytes: a text of each message would be as much garbage as the message. */
  base64(from: Uint8Array): void {
    this.#reserve(Math.ceil(from.length / 3) * 4 + 2)
    const bytes = this.#bytes
    const whole = from.length - (from.length % 3)
    let at = this.#at
    bytes[at++] = QUOTE
    for (let index = 0; index < whole; index += 3) {
      const three = (from[index]! << 16) | (from[index + 1]! << 8) | from[index + 2]!
      bytes[at++] = BASE64[three >> 18]!
      bytes[at++] = BASE64[(three >> 12) & 63]!
      bytes[at++] = BASE64[(three >> 6) & 63]!
      bytes[at++] = BASE64[three & 63]!
    }
    if (whole < from.length) {
      const isOne = from.length - whole === 1
      const last = (from[whole]! << 16) | (isOne ? 0 : from[whole + 1]! << 8)
      bytes[at++] = BASE64[last >> 18]!
      bytes[at++] = BASE64[(last >> 12) & 63]!
      bytes[at++] = isOne ? EQUALS : BASE64[(last >> 6) & 63]!
      bytes[at++] = EQUALS
    }
    bytes[at++] = QUOTE
    this.#at = at
  }

  endLine(): void {
    this.byte(0x0a)
    this.#lines++
  }

  /** A whole number, -2^53 to 2^53. */
  integer(value: number): void {
    if (value < 0) this.byte(0x2d)
    let rest = Math.abs(value)
    if (rest > 0x7fffffff) {
      this.ascii(String(rest))
      return
    }
    this.#reserve(10)
    let digits = 1
    for (let limit = 10; rest >= limit; limit *= 10) digits++
    const end = this.#at + digits
    for (let at = end - 1; at >= this.#at; at--) {
      const tenth = (rest / 10) | 0
      this.#bytes[at] = 0x30 + rest - tenth * 10
      rest = tenth
    }
    this.#at = end
  }

  /** Forgets all lines. */
  reset(): void {
    this.#at = 0
    this.#lines = 0
  }

  /** All lines, without the last line's end; the writer is empty again. */
  take(): Lines {
    const bytes = this.#bytes.subarray(0, Math.max(0, this.#at - 1))
    const lines = { bytes: bytes.length < LARGE_BYTES ? Buffer.from(bytes) : bytes, count: this.#lines }
    if (lines.bytes === bytes) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES)
    this.reset()
    return lines
  }

  #reserve(more: number): void {
    const needed = this.#at + more
    if (needed <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(wider, 0, 0, this.#at)
    this.#bytes = wider
  }
}

export function linesOf(texts: readonly string[]): Lines {
  return { bytes: Buffer.from(texts.join('\n')), count: texts.length }
}

// RFC 8259, 7: what must be escaped in a text of JSON
const SHORT: Readonly<Record<number, number>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  34: 34,
  92: 92,
}

/** Bytes of a text of JSON, with its quotes. */
function quotedSize(from: Uint8Array, start: number, end: number): number {
  let size = end - start + 2
  for (let index = start; index < end; index++) {
    const byte = from[index]!
    if (byte < 0x20) size += SHORT[byte] === undefined ? 5 : 1
    else if (byte === QUOTE || byte === BACKSLASH) size++
  }
  return size
}

function escape(bytes: Buffer, start: number, byte: number): number {
  let at = start
  bytes[at++] = BACKSLASH
  const short = SHORT[byte]
  if (short !== undefined) {
    bytes[at++] = short
    return at
  }
  bytes[at++] = 0x75
  bytes[at++] = 0x30
  bytes[at++] = 0x30
  bytes[at++] = HEX[byte >> 4]!
  bytes[at++] = HEX[byte & 15]!
  return at
}

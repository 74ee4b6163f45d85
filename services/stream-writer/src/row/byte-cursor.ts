import { dateDays } from '@tablestream/table-schema'

/** The bytes that JSON is built of. */
export const BYTE = {
  QUOTE: 34,
  PLUS: 43,
  COMMA: 44,
  MINUS: 45,
  DOT: 46,
  ZERO: 48,
  NINE: 57,
  COLON: 58,
  BACKSLASH: 92,
  OPEN_ARRAY: 91,
  CLOSE_ARRAY: 93,
  SMALL_N: 110,
  OPEN_OBJECT: 123,
  CLOSE_OBJECT: 125,
} as const

/** A key with its quotation marks and its colon, as the numbers that its bytes are, four by four. The last ones overlap. */
export interface Key {
  readonly length: number
  readonly words: Int32Array
}

export function keyOf(name: string): Key {
  const bytes = Buffer.from(`${JSON.stringify(name)}:`)
  const { length } = bytes
  // the empty key has no four bytes: it is looked up each time
  if (length < 4) return { length: Number.POSITIVE_INFINITY, words: new Int32Array() }
  const words = new Int32Array(Math.ceil(length / 4))
  for (let index = 0; index < words.length; index++) {
    words[index] = bytes.readInt32LE(Math.min(index * 4, length - 4))
  }
  return { length, words }
}

const EXACT_DIGITS = 15

/** A place in the bytes of a JSON text, and how its small parts are read there. */
export class ByteCursor {
  protected bytes: Uint8Array = new Uint8Array()
  protected source: Buffer = Buffer.alloc(0)
  protected at = 0
  /** The whole of what the bytes are a part of, and where they begin in it. */
  #view: DataView = new DataView(new ArrayBuffer(0))
  #base = 0
  /** A calendar day is worked out once for all events of it. */
  #lastDay = 0
  #lastDays: number | undefined

  protected begin(source: Buffer): void {
    this.bytes = source
    this.source = source
    this.at = 0
    // messages that came together are parts of the same bytes
    if (this.#view.buffer !== source.buffer) this.#view = new DataView(source.buffer)
    this.#base = source.byteOffset
  }

  /** Whether the key stands here; then it is passed. Four bytes at a time: keys are a third of an event. */
  protected key({ length, words }: Key): boolean {
    const behind = this.at + length
    if (behind > this.source.length) return false
    const view = this.#view
    let at = this.#base + this.at
    const last = this.#base + behind - 4
    for (let index = 0; at < last; index++, at += 4)
      if (view.getInt32(at, true) !== words[index]) return false
    if (view.getInt32(last, true) !== words[words.length - 1]) return false
    this.at = behind
    return true
  }

  protected space(): void {
    const bytes = this.bytes
    let byte = bytes[this.at]
    while (byte === 32 || byte === 10 || byte === 13 || byte === 9) byte = bytes[++this.at]
  }

  protected word(word: string): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at + index] !== word.charCodeAt(index)) return false
    }
    this.at += word.length
    return true
  }

  /** Digits as a number, when a double holds them all; undefined else. */
  protected digits(): number | undefined {
    const bytes = this.bytes
    const first = this.at
    let at = first
    let value = 0
    let byte = bytes[at]
    while (byte !== undefined && byte >= BYTE.ZERO && byte <= BYTE.NINE) {
      value = value * 10 + byte - BYTE.ZERO
      byte = bytes[++at]
    }
    const count = at - first
    this.at = at
    // JSON has no leading zeros
    if (count === 0 || count > EXACT_DIGITS || (count > 1 && bytes[first] === BYTE.ZERO)) return undefined
    return value
  }

  protected minus(): boolean {
    if (this.bytes[this.at] !== BYTE.MINUS) return false
    this.at++
    return true
  }

  protected goesOn(): boolean {
    const byte = this.bytes[this.at]
    return byte === BYTE.DOT || byte === 101 || byte === 69 || byte === BYTE.PLUS
  }

  protected two(at: number): number {
    const tens = this.bytes[at]! - BYTE.ZERO
    const ones = this.bytes[at + 1]! - BYTE.ZERO
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
  }

  /** A quotation mark and YYYY-MM-DD; the reader stands behind it. Days since 1970. */
  protected date(): number | undefined {
    const bytes = this.bytes
    const at = this.at + 1
    if (bytes[at - 1] !== BYTE.QUOTE || bytes[at + 4] !== BYTE.MINUS || bytes[at + 7] !== BYTE.MINUS)
      return undefined
    const year = this.two(at) * 100 + this.two(at + 2)
    const day = (year * 100 + this.two(at + 5)) * 100 + this.two(at + 8)
    if (Number.isNaN(day)) return undefined
    this.at = at + 10
    if (day !== this.#lastDay) {
      this.#lastDay = day
      this.#lastDays = dateDays(this.source.toString('latin1', at, at + 10))
    }
    return this.#lastDays
  }
}

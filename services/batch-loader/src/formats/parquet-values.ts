import type { DecodedArray } from 'hyparquet'
import { PLAIN, type WriteText } from './unwritable.ts'

/** The values of a page, one after the other, as JSON text. */
export interface PageValues {
  /** @throws Unwritable where JSON has no text for the next one, and another error where it is not there */
  readonly next: () => string
  /** The one that was last asked for, as it is stored. */
  readonly last: () => unknown
}

/** Numbers, bigints, booleans, or pieces of bytes. */
export class ListedValues implements PageValues {
  readonly #values: DecodedArray
  readonly #write: WriteText
  #at = 0

  constructor(values: DecodedArray, write: WriteText) {
    this.#values = values
    this.#write = write
  }

  next(): string {
    if (this.#at >= this.#values.length) throw missing()
    return this.#write(this.#values[this.#at++])
  }

  last(): unknown {
    return this.#values[this.#at - 1]
  }
}

const HIGH = 2 ** 32

/** Of 64 bits: a number where that is safe, which is much faster than a bigint. */
export class LongValues implements PageValues {
  readonly #values: BigInt64Array
  readonly #halves: Int32Array
  readonly #write: WriteText
  #at = 0

  constructor(values: BigInt64Array, write: WriteText) {
    this.#values = values
    this.#halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    this.#write = write
  }

  next(): string {
    const at = this.#at
    if (at >= this.#values.length) throw missing()
    this.#at = at + 1
    const number = this.#halves[at * 2 + 1]! * HIGH + (this.#halves[at * 2]! >>> 0)
    return this.#write(Number.isSafeInteger(number) ? number : this.#values[at])
  }

  last(): unknown {
    return this.#values[this.#at - 1]
  }
}

/** Values of which each different one stands once in the column; its text is made once. */
export class Dictionary {
  readonly #values: DecodedArray
  readonly #write: WriteText
  readonly #texts: (string | undefined)[]

  constructor(values: DecodedArray, write: WriteText) {
    this.#values = values
    this.#write = write
    this.#texts = Array.from({ length: values.length })
  }

  text(index: number): string {
    const known = this.#texts[index]
    if (known !== undefined) return known
    if (index >= this.#values.length)
      throw new Error(`its dictionary has ${this.#values.length} values, and a value is number ${index}`)
    const text = this.#write(this.#values[index])
    this.#texts[index] = text
    return text
  }

  value(index: number): unknown {
    return this.#values[index]
  }
}

export class DictionaryValues implements PageValues {
  readonly #dictionary: Dictionary
  readonly #indices: Uint8Array | Uint16Array | Uint32Array
  #at = 0

  constructor(dictionary: Dictionary, indices: Uint8Array | Uint16Array | Uint32Array) {
    this.#dictionary = dictionary
    this.#indices = indices
  }

  next(): string {
    const index = this.#indices[this.#at]
    if (index === undefined) throw missing()
    this.#at++
    return this.#dictionary.text(index)
  }

  last(): unknown {
    return this.#dictionary.value(this.#indices[this.#at - 1]!)
  }
}

/** Bytes of a page that are made a string at a time. */
const WINDOW = 1 << 16

/**
 * Pieces of bytes as they stand in a page: each behind its length, or all of one length. A page may have a hundred MB of them: none is
 * looked at before it is asked for.
 */
export class BytesValues implements PageValues {
  readonly #bytes: Buffer
  readonly #write: WriteText
  readonly #isText: boolean
  readonly #size: number | undefined
  #at = 0
  #last: Uint8Array = Buffer.alloc(0)
  #window = ''
  #windowAt = 0

  /** @param size of each; absent: four bytes before it say so */
  constructor(
    bytes: Uint8Array,
    write: WriteText,
    { isText, size }: { readonly isText: boolean; readonly size?: number },
  ) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#write = write
    this.#isText = isText
    this.#size = size
  }

  next(): string {
    const bytes = this.#bytes
    let start = this.#at
    let size = this.#size
    if (size === undefined) {
      if (start + 4 > bytes.length) throw missing()
      size = bytes.readUInt32LE(start)
      start += 4
    }
    const end = start + size
    if (end > bytes.length) throw missing()
    this.#at = end
    if (this.#isText && size < WINDOW) {
      const text = this.#textAt(start, end)
      if (PLAIN.test(text)) return `"${text}"`
    }
    this.#last = bytes.subarray(start, end)
    return this.#write(this.#last)
  }

  last(): unknown {
    return this.#last
  }

  /** A character a byte. */
  #textAt(start: number, end: number): string {
    if (end > this.#windowAt + this.#window.length || start < this.#windowAt) {
      this.#window = this.#bytes.toString('latin1', start, Math.min(start + WINDOW, this.#bytes.length))
      this.#windowAt = start
    }
    return this.#window.slice(start - this.#windowAt, end - this.#windowAt)
  }
}

function missing(): Error {
  return new Error('a page ends before its last value')
}

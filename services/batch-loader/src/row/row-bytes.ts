const FIRST_BYTES = 4 << 10
/** A longer one, which a few very long rows have made, is given back. */
const MOST_KEPT = 16 << 20

/**
 * Lines as bytes, in memory that is used again: the objects of a large file would leave as much garbage as they have bytes, and a process
 * grows before it is collected.
 */
export class RowBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(text: string): void {
    const needed = this.#length + Buffer.byteLength(text)
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(wider, 0, 0, this.#length)
      this.#bytes = wider
    }
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** Holds until something is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
    if (this.#bytes.length > MOST_KEPT) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }
}

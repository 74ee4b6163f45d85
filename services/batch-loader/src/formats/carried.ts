import type { BrokenRecord, Place } from './records.ts'

/** So much of a record that is too long stands in its dead letter. */
export const KEPT_BYTES = 64 << 10

/** The bytes of a record that began in a chunk before. Of one that is too long it keeps the first ones, and how many there are. */
export class Carried {
  length = 0
  readonly #most: number
  #pieces: Uint8Array[] = []

  /** @param most bytes of a record */
  constructor(most: number) {
    this.#most = most
  }

  add(piece: Uint8Array): void {
    const before = this.length
    this.length += piece.length
    if (this.length <= this.#most) {
      // a piece is a view: it would keep its whole chunk
      this.#pieces.push(Buffer.from(piece))
    } else if (before <= this.#most) {
      this.#pieces = [
        Buffer.from(Buffer.concat([...this.#pieces, piece.subarray(0, KEPT_BYTES)]).subarray(0, KEPT_BYTES)),
      ]
    }
  }

  get isTooLong(): boolean {
    return this.length > this.#most
  }

  /** All of it, or its first bytes where it is too long. */
  take(): Uint8Array {
    const [first, ...others] = this.#pieces
    this.#pieces = []
    this.length = 0
    return others.length === 0 ? (first ?? Buffer.alloc(0)) : Buffer.concat([first!, ...others])
  }
}

export function tooLong(bytes: Uint8Array, length: number, most: number, place: Place): BrokenRecord {
  const reason = `a record has at most ${most} bytes, and this one has ${length}`
  return { kind: 'broken', bytes: bytes.subarray(0, KEPT_BYTES), length, rule: 'too_long', reason, place }
}

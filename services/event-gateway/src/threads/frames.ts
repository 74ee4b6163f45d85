import { deserialize, serialize } from 'node:v8'

/** Bytes of a frame's length, before it. */
const LENGTH_BYTES = 4

/** A value as a piece of a stream: how many bytes it has, and these. They come from `v8.serialize`: Maps and bytes stay what they are. */
export function frameOf(value: unknown): readonly [length: Buffer, bytes: Buffer] {
  const bytes = serialize(value)
  const length = Buffer.allocUnsafe(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  return [length, bytes]
}

/** The values of a stream of frames, in whatever pieces it comes. A large one is put together as it comes, and not at once in the end. */
export class Frames {
  readonly #length = Buffer.alloc(LENGTH_BYTES)
  #lengthFilled = 0
  #bytes: Buffer | undefined
  #filled = 0

  /** @returns the values that are whole with this piece */
  add(piece: Buffer): unknown[] {
    const values: unknown[] = []
    for (let at = 0; at < piece.length;) {
      if (this.#bytes === undefined) {
        at = this.#addLength(piece, at)
        continue
      }
      const copied = piece.copy(this.#bytes, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled < this.#bytes.length) break
      values.push(deserialize(this.#bytes))
      this.#bytes = undefined
    }
    return values
  }

  /** @returns the place behind what it took */
  #addLength(piece: Buffer, start: number): number {
    const copied = piece.copy(this.#length, this.#lengthFilled, start)
    this.#lengthFilled += copied
    if (this.#lengthFilled === LENGTH_BYTES) {
      this.#bytes = Buffer.allocUnsafeSlow(this.#length.readUInt32BE())
      this.#filled = 0
      this.#lengthFilled = 0
    }
    return start + copied
  }
}

import {
  CODE,
  ConnectionError,
  FLAG,
  FRAME,
  FRAME_HEAD,
  LARGEST_FRAME,
  noPadding,
  PREFACE,
} from './frames.ts'
import { HeaderBlocks, type HeaderBlock } from './header-blocks.ts'
import type { Stream } from './stream.ts'

/** Who gets what is read. */
export interface FrameUser {
  /** A DATA frame begins, whose payload has so many bytes, with its padding. @returns whose it is; undefined where nobody wants it */
  takeData(id: number, length: number, ends: boolean): Stream | undefined
  takeHeaders(block: HeaderBlock): void
  /** Any other frame. */
  takeFrame(type: number, flags: number, id: number, payload: Buffer): void
}

const ID_BITS = 0x7fffffff

interface DataFrame {
  readonly stream: Stream | undefined
  readonly ends: boolean
  /** Bytes that are still to come. */
  left: number
  padding: number
}

/** Reads the frames of a client, however its bytes are cut. What is in DATA goes to its stream as it comes. */
export class FrameReader {
  readonly #user: FrameUser
  readonly #blocks = new HeaderBlocks()
  /** Of a frame that has not come whole. */
  #rest: Buffer | undefined
  /** Bytes of the preface that are to come. */
  #preface = PREFACE.length
  /** The DATA frame that is being read. */
  #data: DataFrame | undefined
  #ended = false

  constructor(user: FrameUser) {
    this.#user = user
  }

  /** Reads no more. */
  end(): void {
    this.#ended = true
  }

  /** @throws ConnectionError */
  read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = this.#preface > 0 ? this.#readPreface(bytes) : 0
    while (!this.#ended) {
      if (this.#data) {
        if (at === bytes.length && this.#data.left + this.#data.padding > 0) break
        at = this.#readData(this.#data, bytes, at)
        continue
      }
      if (bytes.length - at < FRAME_HEAD) break
      const length = bytes.readUIntBE(at, 3)
      const type = bytes[at + 3]!
      const flags = bytes[at + 4]!
      const id = bytes.readUInt32BE(at + 5) & ID_BITS
      if (length > LARGEST_FRAME)
        throw new ConnectionError(CODE.FRAME_SIZE_ERROR, `a frame of ${length} bytes`)
      this.#blocks.check(type, id)
      const begins = at + FRAME_HEAD
      // of DATA the length of its padding is enough to begin with
      const needed = type === FRAME.DATA ? Math.min(length, (flags & FLAG.PADDED) / FLAG.PADDED) : length
      if (bytes.length - begins < needed) break
      at = begins + needed
      if (type === FRAME.DATA) this.#beginData(id, flags, length, bytes[begins]!)
      else this.#frame(type, flags, id, bytes.subarray(begins, at))
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined
  }

  #readPreface(bytes: Buffer): number {
    const from = PREFACE.length - this.#preface
    const take = Math.min(this.#preface, bytes.length)
    if (PREFACE.compare(bytes, 0, take, from, from + take) !== 0)
      throw new ConnectionError(CODE.PROTOCOL_ERROR, 'no preface of HTTP/2')
    this.#preface -= take
    return take
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type !== FRAME.HEADERS && type !== FRAME.CONTINUATION)
      return this.#user.takeFrame(type, flags, id, payload)
    const block =
      type === FRAME.HEADERS ? this.#blocks.begin(id, flags, payload) : this.#blocks.continue(flags, payload)
    if (block) this.#user.takeHeaders(block)
  }

  #beginData(id: number, flags: number, length: number, first: number): void {
    const isPadded = (flags & FLAG.PADDED) !== 0
    if (isPadded && length === 0) throw noPadding()
    const padding = isPadded ? first : 0
    const left = length - padding - (isPadded ? 1 : 0)
    if (left < 0) throw new ConnectionError(CODE.PROTOCOL_ERROR, 'more padding than the frame has bytes')
    const ends = (flags & FLAG.END_STREAM) !== 0
    this.#data = { stream: this.#user.takeData(id, length, ends), left, padding, ends }
  }

  /** @returns the place behind what was read */
  #readData(data: DataFrame, bytes: Buffer, at: number): number {
    const end = Math.min(at + data.left, bytes.length)
    if (end > at) data.stream?.receive(bytes, at, end)
    data.left -= end - at
    const skipped = Math.min(data.padding, bytes.length - end)
    data.padding -= skipped
    if (data.left + data.padding === 0) {
      this.#data = undefined
      if (data.ends) data.stream?.receiveEnd()
    }
    return end + skipped
  }
}

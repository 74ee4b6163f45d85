import { CODE, ConnectionError, FLAG, FRAME, headersOf } from './frames.ts'

/** Headers beyond those that are taken are read all the same, since the table of those that follow is made of them. */
const MOST_BYTES = 1 << 20
const MOST_CONTINUATIONS = 1000

/** A block of headers that is whole. */
export interface HeaderBlock {
  readonly id: number
  /** Nothing comes after it on its stream. */
  readonly ends: boolean
  readonly bytes: Buffer
}

/** Puts blocks of headers together: one stands in a HEADERS frame, and in the CONTINUATIONs that follow it. */
export class HeaderBlocks {
  #open: { readonly id: number; readonly ends: boolean; readonly parts: Buffer[]; bytes: number } | undefined

  /** @throws ConnectionError where another frame comes amid a block */
  check(type: number, id: number): void {
    if (this.#open && (type !== FRAME.CONTINUATION || id !== this.#open.id))
      throw new ConnectionError(CODE.PROTOCOL_ERROR, 'another frame amid headers')
  }

  /** A HEADERS frame. @returns undefined where more of the block is to come */
  begin(id: number, flags: number, payload: Buffer): HeaderBlock | undefined {
    if (id % 2 === 0) throw new ConnectionError(CODE.PROTOCOL_ERROR, `a client opens no stream ${id}`)
    const bytes = headersOf(flags, payload)
    const ends = (flags & FLAG.END_STREAM) !== 0
    if ((flags & FLAG.END_HEADERS) !== 0) return { id, ends, bytes }
    this.#open = { id, ends, parts: [bytes], bytes: bytes.length }
    return undefined
  }

  /** A CONTINUATION frame. @returns as `begin` */
  continue(flags: number, payload: Buffer): HeaderBlock | undefined {
    const block = this.#open
    if (!block) throw new ConnectionError(CODE.PROTOCOL_ERROR, 'CONTINUATION of no headers')
    block.parts.push(payload)
    block.bytes += payload.length
    if (block.bytes > MOST_BYTES || block.parts.length > MOST_CONTINUATIONS)
      throw new ConnectionError(CODE.ENHANCE_YOUR_CALM, 'headers of too many bytes')
    if ((flags & FLAG.END_HEADERS) === 0) return undefined
    this.#open = undefined
    return { id: block.id, ends: block.ends, bytes: Buffer.concat(block.parts) }
  }
}

import { gunzipSync, inflateSync } from 'node:zlib'
import { GoogleError } from '../google-error.ts'

/** A byte that says whether the message is compressed, and its length. */
const PREFIX = 5

/** Puts the messages of a stream together, which its bytes divide as they like. */
export class MessageReader {
  readonly #most: number
  readonly #encoding: string
  readonly #prefix = Buffer.allocUnsafeSlow(PREFIX)
  #prefixBytes = 0
  #message: Buffer | undefined
  #bytes = 0

  /**
   * @param most bytes that a message may have
   * @param encoding how those are compressed that are
   */
  constructor(most: number, encoding = 'identity') {
    this.#most = most
    this.#encoding = encoding
  }

  /** Gives the messages that are whole now: each has its own bytes. @throws GoogleError for one that is too large, or cannot be read */
  read(bytes: Buffer, start: number, end: number, take: (message: Buffer) => void): void {
    let at = start
    while (at < end) {
      if (!this.#message) {
        while (this.#prefixBytes < PREFIX && at < end) this.#prefix[this.#prefixBytes++] = bytes[at++]!
        if (this.#prefixBytes < PREFIX) return
        this.#message = this.#begin(this.#prefix.readUInt32BE(1))
      }
      const message = this.#message
      const part = Math.min(end - at, message.length - this.#bytes)
      if (part > 0) bytes.copy(message, this.#bytes, at, at + part)
      at += part
      this.#bytes += part
      if (this.#bytes < message.length) return
      this.#message = undefined
      this.#prefixBytes = this.#bytes = 0
      take(this.#prefix[0] === 0 ? message : this.#decompressed(message))
    }
  }

  #begin(length: number): Buffer {
    if (length > this.#most) throw tooLarge(length, this.#most)
    return Buffer.allocUnsafe(length)
  }

  #decompressed(message: Buffer): Buffer {
    const options = { maxOutputLength: this.#most }
    try {
      if (this.#encoding === 'gzip') return gunzipSync(message, options)
      if (this.#encoding === 'deflate') return inflateSync(message, options)
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('more', this.#most)
      throw new GoogleError('INTERNAL', 'Failed to decompress message', { cause: error })
    }
    throw new GoogleError(
      'UNIMPLEMENTED',
      `Messages are compressed by gzip or deflate, and not by "${this.#encoding}".`,
    )
  }
}

function tooLarge(bytes: number | string, most: number): GoogleError {
  return new GoogleError('RESOURCE_EXHAUSTED', `Received message larger than max (${bytes} vs ${most})`)
}

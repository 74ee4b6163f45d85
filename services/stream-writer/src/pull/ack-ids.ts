import { sizeOf, writeLength } from '../row/varint.ts'

// AcknowledgeRequest.ack_ids = 2 (google/pubsub/v1/pubsub.proto)
const ACK_IDS = 18

/**
 * The ack ids of one response, as bytes and apart from it: nobody reads them, and as texts they would be the larger part of
 * what is kept of a message.
 */
export class AckIds {
  /** The ids as an AcknowledgeRequest brings them: tag, length, id. */
  readonly #bytes: Buffer
  /** Where each id ends. */
  readonly #ends: Uint32Array

  constructor(bytes: Buffer, ends: Uint32Array) {
    this.#bytes = bytes
    this.#ends = ends
  }

  /** @param places where each id begins and ends in the response, two numbers for each id */
  static copy(response: Buffer, places: readonly number[]): AckIds {
    let size = 0
    const ends = new Uint32Array(places.length / 2)
    for (let at = 0; at < places.length; at += 2) {
      const length = places[at + 1]! - places[at]!
      size += 1 + sizeOf(length) + length
      ends[at / 2] = size
    }
    const bytes = Buffer.allocUnsafeSlow(size)
    let to = 0
    for (let at = 0; at < places.length; at += 2) {
      const end = places[at + 1]!
      bytes[to] = ACK_IDS
      to = writeLength(bytes, to + 1, end - places[at]!)
      for (let from = places[at]!; from < end; from++) bytes[to++] = response[from]!
    }
    return new AckIds(bytes, ends)
  }

  get count(): number {
    return this.#ends.length
  }

  sizeOf(place: number): number {
    return this.#ends[place]! - this.#startOf(place)
  }

  /** Copies the id, as a request brings it. */
  copyTo(target: Buffer, start: number, place: number): void {
    const bytes = this.#bytes
    const end = this.#ends[place]!
    let to = start
    for (let at = this.#startOf(place); at < end; at++) target[to++] = bytes[at]!
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : this.#ends[place - 1]!
  }
}

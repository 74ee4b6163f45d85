import { behindVarint, sizeOf, writeLength } from '../encoder/varint.ts'

// StreamingPullRequest.ack_ids = 2 (google/pubsub/v1/pubsub.proto)
const ACK_IDS = 18
/** A request may hold 512 KiB of ack ids; Google's are up to 200 bytes. */
const REQUEST_BYTES = 400 << 10

/**
 * The ack ids of one response, as bytes and apart from it: nobody reads them, and as texts they would be the larger part of
 * what is kept of a message.
 */
export class AckIds {
  /** The ids as a request brings them: tag, length, id. */
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

  /** The id as text: they are ASCII. */
  text(place: number): string {
    const start = behindVarint(this.#bytes, this.#startOf(place) + 1)
    return this.#bytes.toString('latin1', start, this.#ends[place])
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

/** Ack ids that are to be sent, as the bytes of requests. */
export class AckRequests {
  readonly #full: Buffer[] = []
  readonly #bytes = Buffer.allocUnsafeSlow(REQUEST_BYTES)
  #at = 0

  get isEmpty(): boolean {
    return this.#at === 0 && this.#full.length === 0
  }

  /** Whether there is a whole request. */
  get isFull(): boolean {
    return this.#full.length > 0
  }

  add(ids: AckIds, place: number): void {
    const size = ids.sizeOf(place)
    if (this.#at + size > REQUEST_BYTES) this.#close()
    ids.copyTo(this.#bytes, this.#at, place)
    this.#at += size
  }

  /** StreamingPullRequests, encoded. */
  take(): Buffer[] {
    if (this.#at > 0) this.#close()
    return this.#full.splice(0)
  }

  #close(): void {
    this.#full.push(Buffer.from(this.#bytes.subarray(0, this.#at)))
    this.#at = 0
  }
}

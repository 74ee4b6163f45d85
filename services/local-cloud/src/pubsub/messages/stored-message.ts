/**
 * A message as it was published. The body stays the publisher's own bytes (PubsubMessage without id and time): it is never decoded unless
 * a filter, a push endpoint or REST asks for its parts. It is a place in what came: a Buffer for each message would take more of the heap
 * than all else of a message that waits.
 */
export class StoredMessage {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly publishTime: number
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  /** @param bytes hold the body from `start` to `end` */
  constructor(id: string, publishTime: number, bytes: Buffer, start = 0, end = bytes.length) {
    this.id = id
    this.publishTime = publishTime
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  /** Bytes of the body. */
  get size(): number {
    return this.#end - this.#start
  }

  get body(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** @returns the place behind the body */
  copyBody(to: Buffer, at: number): number {
    return at + this.#bytes.copy(to, at, this.#start, this.#end)
  }
}

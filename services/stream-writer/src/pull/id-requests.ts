import type { AckIds } from './ack-ids.ts'

/** A request may hold 512 KiB of ack ids; Google's are up to 200 bytes. */
const REQUEST_BYTES = 400 << 10

/** Which field of the request the ids are: AcknowledgeRequest.ack_ids = 2, ModifyAckDeadlineRequest.ack_ids = 4 (pubsub.proto). */
export const IDS_OF = { acknowledge: 18, modifyAckDeadline: 34 } as const

/** The ack ids of one request, encoded. */
export interface IdRequest {
  readonly ids: Buffer
  readonly count: number
}

/** Ack ids that are to be sent, as the bytes of requests: no text is made of any. */
export class IdRequests {
  readonly #tag: number
  readonly #full: IdRequest[] = []
  #bytes: Buffer | undefined
  #at = 0
  #count = 0

  constructor(method: keyof typeof IDS_OF) {
    this.#tag = IDS_OF[method]
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#full.length === 0
  }

  /** Whether there is a whole request. */
  get isFull(): boolean {
    return this.#full.length > 0
  }

  add(ids: AckIds, place: number): void {
    const size = ids.sizeOf(place)
    if (this.#at + size > REQUEST_BYTES) this.#close()
    this.#bytes ??= Buffer.allocUnsafeSlow(REQUEST_BYTES)
    ids.copyTo(this.#bytes, this.#at, place)
    this.#bytes[this.#at] = this.#tag
    this.#at += size
    this.#count++
  }

  /** The first request that there is: a whole one, or what there is of one. */
  shift(): IdRequest | undefined {
    if (this.#full.length === 0) this.#close()
    return this.#full.shift()
  }

  #close(): void {
    if (this.#count === 0) return
    this.#full.push({ ids: Buffer.from(this.#bytes!.subarray(0, this.#at)), count: this.#count })
    this.#at = 0
    this.#count = 0
  }
}

import { steadyNow } from '@tablestream/service-kit'
import type { AckIds } from './ack-ids.ts'

/**
 * The leases that came in one response: they run out together. A message is settled by its place, which costs less than a
 * table of all ack ids would.
 */
export class LeaseBatch {
  readonly ids: AckIds
  readonly #settled: Uint8Array
  readonly #sizes: readonly number[]
  #held: number
  #bytes = 0
  /** Milliseconds since 1970, as far as we know: Pub/Sub counts from when it sent them. */
  until: number
  /** Whether Pub/Sub has heard from us that they came. */
  isConfirmed = false
  isBeingExtended = false
  #isLost = false

  /** @param sizes bytes of each message */
  constructor(ids: AckIds, until: number, sizes: readonly number[] = []) {
    this.ids = ids
    this.#sizes = sizes
    this.#settled = new Uint8Array(ids.count)
    this.#held = ids.count
    for (const size of sizes) this.#bytes += size
    this.until = until
  }

  get held(): number {
    return this.#held
  }

  /** Bytes of the messages that are held. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether others may have the messages by now. Once lost is lost: extending says nothing of what was in between. */
  isLost(): boolean {
    if (this.until < steadyNow()) this.#isLost = true
    return this.#isLost
  }

  /** Bytes of the message that is settled so; undefined when the message at this place was settled before. */
  settle(place: number): number | undefined {
    if (this.#settled[place] === 1) return undefined
    this.#settled[place] = 1
    this.#held--
    const size = this.#sizes[place] ?? 0
    this.#bytes -= size
    return size
  }

  /** Calls for each place that is not settled. */
  eachUnsettled(call: (place: number) => void): void {
    this.#settled.forEach((settled, place) => {
      if (settled === 0) call(place)
    })
  }
}

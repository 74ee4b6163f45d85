import { type Logger, steadyNow } from '@tablestream/service-kit'
import { IdRequests, type IdRequest } from './id-requests.ts'
import type { LeaseBatch } from './lease.ts'

export interface HeldLeasesOptions {
  readonly leaseSeconds: number
  /** Resolves once Pub/Sub has heard it. @param ids ack ids of a ModifyAckDeadlineRequest, encoded */
  readonly extend: (ids: Buffer) => Promise<void>
  readonly logger: Logger
}

/** How often leases are looked at: what is held longer than this gets its first extension, which says that it came. */
const LOOK_MS = 1000
/** A lease with less than this part of its time left is extended: a process without time for itself may come late. */
const SOON = 0.6
/** Looks that are so far apart say that the process had no time for itself. */
const GAP_MS = 3 * LOOK_MS

/**
 * All messages of the process that are neither acked nor given back, whichever stream they came on, and their leases. A lease
 * counts as extended only when Pub/Sub has answered.
 */
export class HeldLeases {
  readonly #options: HeldLeasesOptions
  readonly #batches = new Set<LeaseBatch>()
  #count = 0
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #lastLook = steadyNow()
  #lookBefore = this.#lastLook

  constructor(options: HeldLeasesOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /**
   * Since when, in milliseconds since 1970, what is read now may be leased to us. Mostly that is now; what was sent to a process
   * that was stopped, or had no CPU, has stood in its sockets for as long, and others may have it by now.
   */
  get leasedSince(): number {
    const now = steadyNow()
    return now - this.#lookBefore > GAP_MS ? this.#lookBefore : now
  }

  add(lease: LeaseBatch): void {
    this.#batches.add(lease)
    this.#count += lease.held
    this.#bytes += lease.bytes
  }

  /** False when the message was settled before. */
  settle(lease: LeaseBatch, place: number): boolean {
    const size = lease.settle(place)
    if (size === undefined) return false
    this.#count--
    this.#bytes -= size
    if (lease.held === 0) this.#batches.delete(lease)
    return true
  }

  #look(): void {
    this.#lookBefore = this.#lastLook
    this.#lastLook = steadyNow()
    this.extend()
  }

  /** Extends each lease that needs it. What fails is tried again at the next look; what is lost is left to whom Pub/Sub gave it. */
  extend(): void {
    const { leaseSeconds } = this.#options
    const now = steadyNow()
    const soon = now + leaseSeconds * 1000 * SOON
    const since = now - LOOK_MS / 2 + leaseSeconds * 1000
    const ids = new IdRequests('modifyAckDeadline')
    let leases: LeaseBatch[] = []
    for (const lease of this.#batches) {
      // one that came a moment ago is given the time to be settled instead
      const isDue = lease.isConfirmed ? lease.until < soon : lease.until < since
      if (lease.isBeingExtended || !isDue || lease.isLost()) continue
      lease.isBeingExtended = true
      lease.eachUnsettled((place) => ids.add(lease.ids, place))
      leases.push(lease)
      if (!ids.isFull) continue
      void this.#send(ids, leases)
      leases = []
    }
    if (leases.length > 0) void this.#send(ids, leases)
  }

  async #send(ids: IdRequests, leases: readonly LeaseBatch[]): Promise<void> {
    const { extend, leaseSeconds, logger } = this.#options
    const requests: IdRequest[] = []
    for (let request = ids.shift(); request; request = ids.shift()) requests.push(request)
    // Pub/Sub counts from when it hears of it, which is later
    const until = steadyNow() + leaseSeconds * 1000
    try {
      await Promise.all(requests.map((request) => extend(request.ids)))
      this.#failures = 0
      for (const lease of leases) {
        // an answer that comes when the lease is over says nothing of who had it meanwhile
        if (lease.isLost()) continue
        lease.until = until
        lease.isConfirmed = true
      }
    } catch (error) {
      if (++this.#failures === 3) logger.warn({ err: error }, 'leases cannot be extended')
    }
    for (const lease of leases) lease.isBeingExtended = false
  }
}

import type { Caller } from './api-keys.ts'
import { Bucket } from './bucket.ts'

export interface Limits {
  readonly requestsPerMinute: number
  readonly bytesPerMinute: number
}

/** What judging, publishing and answering an event costs beside its bytes. */
export const EVENT_COST = 1000
/** Requests that a caller may send at once, however few it has a minute (and no more than it has). */
const BURST = 100
/** Requests of a caller that are taken at once; more come a millisecond apart, so that others are heard between them, */
const AT_ONCE = 16
const APART_PER_MINUTE = 60_000
/** and so many of them together: what they hold goes to Pub/Sub in one request, which costs more than to take all of them. */
const TOGETHER = 5

interface Share {
  readonly requests: Bucket
  readonly bytes: Bucket
  readonly apart: Bucket
  /** So often comes a group of those that are apart. */
  readonly groupMs: number
}

/** What each caller may send: so many requests and so many bytes a minute, spread over the minute. */
export class Allowances {
  readonly #limits: Limits
  readonly #byCaller = new Map<string, Share>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Takes a request of it; milliseconds to wait, where there is none. */
  request(caller: Caller, now: number): number {
    const { requests, bytes } = this.#of(caller, now)
    const wait = Math.max(requests.waitFor(1, now), bytes.waitFor(0, now))
    if (wait === 0) requests.spend(1)
    return wait
  }

  /**
   * Milliseconds until the request's turn: a burst is spread, a millisecond for each (less for who may send more than 1,000 a second), in
   * groups of five.
   */
  turn(caller: Caller, now: number): number {
    const { apart, groupMs } = this.#of(caller, now)
    const wait = apart.waitFor(1, now)
    apart.spend(1)
    return wait === 0 ? 0 : Math.ceil((now + wait) / groupMs) * groupMs - now
  }

  /** Takes what a request turned out to be. */
  spend(caller: Caller, cost: number, now: number): void {
    this.#of(caller, now).bytes.spend(cost)
  }

  #of(caller: Caller, now: number) {
    const known = this.#byCaller.get(caller.name)
    if (known) return known
    const {
      requestsPerMinute = this.#limits.requestsPerMinute,
      bytesPerMinute = this.#limits.bytesPerMinute,
    } = caller
    const perMinute = Math.max(APART_PER_MINUTE, requestsPerMinute)
    const made: Share = {
      requests: new Bucket(
        requestsPerMinute,
        Math.min(requestsPerMinute, Math.max(BURST, requestsPerMinute / 60)),
        now,
      ),
      bytes: new Bucket(bytesPerMinute, bytesPerMinute / 30, now),
      apart: new Bucket(perMinute, AT_ONCE, now),
      groupMs: (TOGETHER * 60_000) / perMinute,
    }
    this.#byCaller.set(caller.name, made)
    return made
  }
}

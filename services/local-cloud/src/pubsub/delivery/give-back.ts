import type { Subscription } from '../subscriptions/subscription.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/**
 * Gives messages back that could not be delivered. Without a retry policy they come back at once: a pause, longer with each failure,
 * keeps what is missing from being asked for all day.
 */
export class GiveBack {
  readonly #subscription: Subscription
  #pauseMs = 0
  #pause: NodeJS.Timeout | undefined

  constructor(subscription: Subscription) {
    this.#subscription = subscription
  }

  get isPaused(): boolean {
    return this.#pause !== undefined
  }

  succeeded(): void {
    this.#pauseMs = 0
  }

  giveBack(ackIds: readonly string[]): void {
    if (ackIds.length === 0) return
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#subscription.kick()
    }, this.#pauseMs).unref()
    this.#subscription.modifyAckDeadline(ackIds, 0)
  }

  close(): void {
    clearTimeout(this.#pause)
  }
}

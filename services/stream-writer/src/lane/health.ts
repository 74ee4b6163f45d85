import { backoff } from '@tablestream/service-kit'

const RETRYING = { firstMs: 50, longestMs: 2000 }
/** Failing for so long is no hiccup of a connection any more. */
export const STUCK_MS = 10_000

/** How the appends of one table go: each failure in a row makes the next wait longer. */
export class Health {
  readonly #now: () => number
  #setbacks = 0
  #underWay = false
  /** When the first append went out of which, and since which, nothing landed. */
  #since = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get isFailing(): boolean {
    return this.#setbacks > 0
  }

  /** Nothing has landed for a while, though it was tried. */
  get isStuck(): boolean {
    return (this.#setbacks > 0 || this.#underWay) && this.#now() - this.#since >= STUCK_MS
  }

  /** Milliseconds to wait before the next try. */
  get wait(): number {
    return this.#setbacks === 0 ? 0 : backoff(this.#setbacks, RETRYING)
  }

  /** Appends are under way, or none are any more. */
  set underWay(underWay: boolean) {
    if (underWay && this.#setbacks === 0) this.#since = this.#now()
    this.#underWay = underWay
  }

  failed(): void {
    this.#setbacks++
  }

  landed(): void {
    this.#setbacks = 0
    this.#since = this.#now()
  }
}

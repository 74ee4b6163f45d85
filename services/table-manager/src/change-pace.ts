const WINDOW_MS = 10_000
/** BigQuery allows 5 metadata updates in 10 s for a table that is not partitioned; two instances share what there is. */
const MOST = 4
const BURST = 2

/**
 * When the next change of a table may be made: the first two at once, then one every 2.5 s at the most, so that a burst of
 * new shapes becomes few changes and not many refused ones.
 */
export class ChangePace {
  readonly #now: () => number
  #recent: number[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds to wait before the next change. */
  wait(): number {
    const now = this.#now()
    this.#recent = this.#recent.filter((time) => now - time < WINDOW_MS)
    if (this.#recent.length < BURST) return 0
    return Math.max(0, this.#recent.at(-1)! + WINDOW_MS / MOST - now)
  }

  changed(): void {
    this.#recent.push(this.#now())
  }
}

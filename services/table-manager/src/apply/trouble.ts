import { backoff } from '@tablestream/service-kit'
import { classify } from '../bigquery/bigquery-errors.ts'

const MOST_FAILURES = 8
const RETRYING = { firstMs: 50, longestMs: 2000 }
const LOSING = { firstMs: 25, longestMs: 4000 }
const QUOTA_USED_UP = { firstMs: 1000, longestMs: 10_000 }

/** What went wrong for a batch since its last change, and how long it waits before the next try. */
export class Trouble {
  #failures = 0
  #quotas = 0
  #losses = 0

  /** A change is made: what comes now begins anew. */
  isOver(): void {
    this.#failures = 0
    this.#quotas = 0
    this.#losses = 0
  }

  /** Milliseconds until the next try after this error; undefined where there were enough. */
  waitAfterFailure(error: unknown): number | undefined {
    // a quota comes back: for as long as the events have patience
    if (classify(error) === 'quota') return backoff(++this.#quotas, QUOTA_USED_UP)
    return ++this.#failures === MOST_FAILURES ? undefined : backoff(this.#failures, RETRYING)
  }

  /** Milliseconds until the table is read again, after somebody else was faster. */
  waitAfterLoss(): number {
    return backoff(++this.#losses, LOSING)
  }
}

import type { TableState } from '../tables.ts'

/** For a table that is not partitioned BigQuery allows 5 metadata updates in 10 s: one is made with it, 4 come after. */
const BETWEEN_CHANGES_MS = 2500
/** For a partitioned one it allows 50 (docs: quotas, partitioned tables): 4 by each of ten instances, and 4 at the pace. */
const AT_ONCE = 4
const WINDOW_MS = 10_000
/**
 * So many times one instance asks for a change in that time, those that are refused included: that they count less is not documented.
 * No other instance hears of these: where several ask so often, `rateLimitExceeded` slows them down.
 */
const MOST_ASKED = 4
const MOST_ASKED_PARTITIONED = 45
/** Instances that wait for one change do not all wake at once. */
const SPREAD_MS = 400

/**
 * When a table may change next: so that a burst of new shapes becomes few changes, whoever makes them. The first changes by
 * this instance come at once; then the time of the last one counts, by whomever, which every instance reads.
 */
export class ChangePace {
  readonly #now: () => number
  #asked: readonly number[] = []
  #changed: readonly number[] = []
  #waitedFor: TableState | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /** This instance asks for a change. */
  asked(): void {
    this.#asked = [...this.#recent(this.#asked), this.#now()]
  }

  /** It has changed the table. */
  changed(): void {
    this.#changed = [...this.#recent(this.#changed), this.#now()]
  }

  /** Milliseconds to wait before the table is read again and changed; 0: it may be changed now. */
  waitBefore(state: TableState | undefined): number {
    const most = state?.isPartitioned ? MOST_ASKED_PARTITIONED : MOST_ASKED
    const oldest = state && this.#recent(this.#asked).at(-most)
    if (oldest !== undefined) return oldest + WINDOW_MS - this.#now()
    const wait = state ? this.#untilNext(state) : 0
    // once for each change of somebody else's: rows that are written may count as modifications too
    if (wait === 0 || hasSameColumns(state, this.#waitedFor)) return 0
    this.#waitedFor = state
    return wait + Math.random() * SPREAD_MS
  }

  #untilNext({ createdAt, modifiedAt, isPartitioned }: TableState): number {
    if (modifiedAt === createdAt || (isPartitioned && this.#recent(this.#changed).length < AT_ONCE)) return 0
    // a clock that is behind BigQuery's must not make us wait longer than for a change of this very moment
    return Math.min(BETWEEN_CHANGES_MS, Math.max(0, modifiedAt + BETWEEN_CHANGES_MS - this.#now()))
  }

  #recent(times: readonly number[]): readonly number[] {
    const since = this.#now() - WINDOW_MS
    return times.filter((time) => time > since)
  }
}

function hasSameColumns(one: TableState | undefined, two: TableState | undefined): boolean {
  return one !== undefined && two !== undefined && JSON.stringify(one.fields) === JSON.stringify(two.fields)
}

import type { TableState } from '../tables.ts'

/** For a table that is not partitioned BigQuery allows 5 metadata updates in 10 s: one is made with it, 4 come after. */
const BETWEEN_CHANGES_MS = 2500
/** For a partitioned one it allows 50 (docs: quotas, partitioned tables): 4 by each of ten instances, and 4 at the pace. */
const AT_ONCE = 4
const WINDOW_MS = 10_000
/**
 * What is refused is not said to count. Where BigQuery has said that there was too much, this is the time between any two asks for a
 * while, so that the limit is used evenly: 45 in 10 s of a partitioned table, 4 of another.
 */
const BETWEEN_ASKS_MS = 2500
const BETWEEN_ASKS_PARTITIONED_MS = 222
const LIMITED_MS = 5 * 60_000
/** Instances that wait for one change do not all wake at once. */
const SPREAD_MS = 400

/**
 * When a table may change next: so that a burst of new shapes becomes few changes, whoever makes them. The first changes by
 * this instance come at once; then the time of the last one counts, by whomever, which every instance reads.
 */
export class ChangePace {
  readonly #now: () => number
  #own: readonly number[] = []
  #waitedFor: TableState | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #limitedAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  /** This instance asks for a change. */
  asked(): void {
    this.#askedAt = this.#now()
  }

  /** BigQuery has said that there were too many. */
  limited(): void {
    this.#limitedAt = this.#now()
  }

  /** This instance has changed the table. */
  changed(): void {
    this.#own = [...this.#recent(), this.#now()]
  }

  /** Milliseconds to wait before the table is read again and changed; 0: it may be changed now. */
  waitBefore(state: TableState | undefined): number {
    const early = state ? this.#untilNextAsk(state) : 0
    if (early > 0) return early
    const wait = state ? this.#untilNext(state) : 0
    // once for each change of somebody else's: rows that are written may count as modifications too
    if (wait === 0 || hasSameColumns(state, this.#waitedFor)) return 0
    this.#waitedFor = state
    return wait + Math.random() * SPREAD_MS
  }

  #untilNextAsk({ isPartitioned }: TableState): number {
    if (this.#limitedAt + LIMITED_MS <= this.#now()) return 0
    return this.#askedAt + (isPartitioned ? BETWEEN_ASKS_PARTITIONED_MS : BETWEEN_ASKS_MS) - this.#now()
  }

  #untilNext({ createdAt, modifiedAt, isPartitioned }: TableState): number {
    if (modifiedAt === createdAt || (isPartitioned && this.#recent().length < AT_ONCE)) return 0
    // a clock that is behind BigQuery's must not make us wait longer than for a change of this very moment
    return Math.min(BETWEEN_CHANGES_MS, Math.max(0, modifiedAt + BETWEEN_CHANGES_MS - this.#now()))
  }

  #recent(): readonly number[] {
    const since = this.#now() - WINDOW_MS
    return this.#own.filter((time) => time > since)
  }
}

function hasSameColumns(one: TableState | undefined, two: TableState | undefined): boolean {
  return one !== undefined && two !== undefined && JSON.stringify(one.fields) === JSON.stringify(two.fields)
}

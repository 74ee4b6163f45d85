import type { TableState } from './tables.ts'

/** BigQuery allows 5 metadata updates in 10 s for a table that is not partitioned: one is made with it, 4 come after. */
const BETWEEN_CHANGES_MS = 2500

/**
 * Milliseconds to wait before the next change of a table, by the time of its last one, which every instance reads: so that
 * a burst of new shapes becomes few changes, whoever makes them. The first change after a table was made comes at once.
 */
export function waitBeforeChange({ createdAt, modifiedAt }: TableState, now: number): number {
  if (modifiedAt === createdAt) return 0
  // a clock that is behind BigQuery's must not make us wait longer than for a change of this very moment
  return Math.min(BETWEEN_CHANGES_MS, Math.max(0, modifiedAt + BETWEEN_CHANGES_MS - now))
}

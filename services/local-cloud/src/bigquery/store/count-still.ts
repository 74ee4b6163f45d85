// a count that a flush disturbed so often is made alone
const MOST_COUNTS = 3

/**
 * Counts rows while others may come into DuckDB, which would be counted twice, or not at all.
 *
 * @param flushes how many times some came; undefined while they do
 * @param alone counts while none come
 */
export async function countStill(
  count: () => Promise<number>,
  flushes: () => number | undefined,
  alone: () => Promise<number>,
): Promise<number> {
  for (let tries = 0; tries < MOST_COUNTS; tries++) {
    const before = flushes()
    const rows = await count()
    if (before !== undefined && before === flushes()) return rows
  }
  return alone()
}

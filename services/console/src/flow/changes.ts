import { countsOf, noCounts, type Reading, type TableCounts } from './reading.ts'

/** All instances together. */
export function sumOf(readings: Iterable<Reading>): Reading {
  const sum: Reading = { received: 0, givenBack: 0, held: 0, tables: new Map() }
  for (const reading of readings) addReading(sum, reading)
  return sum
}

/** What came between two readings of one instance. Where a number went back the instance was started anew, and all of it is new. */
export function changeOf(before: Reading | undefined, after: Reading): Reading {
  const change: Reading = {
    received: rise(before?.received, after.received),
    givenBack: rise(before?.givenBack, after.givenBack),
    held: after.held,
    tables: new Map(),
  }
  for (const [table, counts] of after.tables) {
    const earlier = before?.tables.get(table) ?? noCounts()
    const buckets = [...counts.buckets].map(
      ([edge, count]) => [edge, rise(earlier.buckets.get(edge), count)] as const,
    )
    const own: TableCounts = {
      landed: rise(earlier.landed, counts.landed),
      duplicates: rise(earlier.duplicates, counts.duplicates),
      deadLetters: rise(earlier.deadLetters, counts.deadLetters),
      waiting: counts.waiting,
      buckets: new Map(buckets.filter(([, count]) => count > 0)),
    }
    if (own.landed + own.duplicates + own.deadLetters + own.waiting > 0) change.tables.set(table, own)
  }
  return change
}

function rise(before = 0, after: number): number {
  return after >= before ? after - before : after
}

export function addReading(sum: Reading, { received, givenBack, held, tables }: Reading): void {
  sum.received += received
  sum.givenBack += givenBack
  sum.held += held
  for (const [table, counts] of tables) addCounts(countsOf(sum.tables, table), counts)
}

function addCounts(sum: TableCounts, counts: TableCounts): void {
  sum.landed += counts.landed
  sum.duplicates += counts.duplicates
  sum.deadLetters += counts.deadLetters
  sum.waiting += counts.waiting
  for (const [edge, count] of counts.buckets) sum.buckets.set(edge, (sum.buckets.get(edge) ?? 0) + count)
}

/**
 * The edge in seconds below which this share of the appends is, evenly between two edges, as Prometheus reckons it; null where nothing
 * landed. What is beyond the last edge counts as twice that.
 */
export function quantile(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const total = buckets.get(Infinity) ?? 0
  if (total === 0) return null
  const rank = share * total
  let lower = 0
  let below = 0
  for (const [edge, count] of [...buckets].toSorted(([a], [b]) => a - b)) {
    if (count >= rank) {
      const value =
        edge === Infinity ? lower * 2 : lower + ((edge - lower) * (rank - below)) / Math.max(count - below, 1)
      return Math.round(value * 1e4) / 1e4
    }
    lower = edge
    below = count
  }
  return lower
}

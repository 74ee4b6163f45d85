import { countsOf, noCounts, type Reading, type TableCounts } from './reading.ts'

/** All instances together. */
export function sumOf(readings: Iterable<Reading>): Reading {
  const sum: Reading = { received: 0, held: 0, tables: new Map() }
  for (const reading of readings) addReading(sum, reading)
  return sum
}

/** What came between two readings of one instance. Where a number went back the instance was started anew, and all of it is new. */
export function changeOf(before: Reading | undefined, after: Reading): Reading {
  const earlier = before && !hasFallen(before, after) ? before : undefined
  const tables = new Map<string, TableCounts>()
  for (const [table, counts] of after.tables) {
    const own = riseOf(earlier?.tables.get(table) ?? noCounts(), counts)
    if (hasAny(own)) tables.set(table, own)
  }
  return {
    received: after.received - (earlier?.received ?? 0),
    held: after.held,
    tables,
  }
}

/** Whether a sum went back. One alone tells it of all: the others may have passed what they were. */
function hasFallen(before: Reading, after: Reading): boolean {
  if (after.received < before.received) return true
  for (const [table, counts] of before.tables) {
    const now = after.tables.get(table) ?? noCounts()
    if (SUMS.some((name) => now[name] < counts[name])) return true
    for (const [edge, count] of counts.buckets) if ((now.buckets.get(edge) ?? 0) < count) return true
  }
  return false
}

const SUMS = ['landed', 'duplicates', 'deadLetters', 'givenBack'] as const

function riseOf(before: TableCounts, after: TableCounts): TableCounts {
  return {
    landed: after.landed - before.landed,
    duplicates: after.duplicates - before.duplicates,
    deadLetters: after.deadLetters - before.deadLetters,
    givenBack: after.givenBack - before.givenBack,
    waiting: after.waiting,
    buckets: new Map(
      // edges below which nothing is, too: what lies above them lies above them
      [...after.buckets].map(([edge, count]) => [edge, count - (before.buckets.get(edge) ?? 0)]),
    ),
  }
}

function hasAny({ waiting, buckets, ...counts }: TableCounts): boolean {
  return waiting > 0 || (buckets.get(Infinity) ?? 0) > 0 || SUMS.some((name) => counts[name] > 0)
}

function addReading(sum: Reading, { received, held, tables }: Reading): void {
  sum.received += received
  sum.held += held
  for (const [table, counts] of tables) addCounts(countsOf(sum.tables, table), counts)
}

function addCounts(sum: TableCounts, counts: TableCounts): void {
  for (const name of SUMS) sum[name] += counts[name]
  sum.waiting += counts.waiting
  for (const [edge, count] of counts.buckets) sum.buckets.set(edge, (sum.buckets.get(edge) ?? 0) + count)
}
